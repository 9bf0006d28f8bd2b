/** Every break. A row is added to the file of its part; what it replaces must stand in the code exactly once. */
import { answers } from './breaks/answers.ts'
import { authorities } from './breaks/authorities.ts'
import { configurations } from './breaks/configurations.ts'
import { connections } from './breaks/connections.ts'
import { deletions } from './breaks/deletions.ts'
import { deployments } from './breaks/deployments.ts'
import { dns } from './breaks/dns.ts'
import { nameServers } from './breaks/name-servers.ts'
import { rowsOfDnsAndAuthorities } from './breaks/rows-of-dns-and-authorities.ts'
import { rowsOfRuns } from './breaks/rows-of-runs.ts'
import { rowsOfStoresAndBalancers } from './breaks/rows-of-stores-and-balancers.ts'
import { schedules } from './breaks/schedules.ts'
import { stores } from './breaks/stores.ts'
import { words } from './breaks/words.ts'
import type { Sabotage } from './sabotage.ts'

export const SABOTAGES: readonly Sabotage[] = [
  ...connections,
  ...deployments,
  ...deletions,
  ...stores,
  ...authorities,
  ...answers,
  ...schedules,
  ...configurations,
  ...dns,
  ...words,
  ...nameServers,
  ...rowsOfRuns,
  ...rowsOfDnsAndAuthorities,
  ...rowsOfStoresAndBalancers,
]
