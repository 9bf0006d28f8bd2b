import { registry as balancers } from '../balancers/registry.ts'
import { registry as dns } from '../dns/registry.ts'
import { registry as notify } from '../notify/registry.ts'
import { registry as secrets } from '../secrets/registry.ts'
import { registry as state } from '../state/registry.ts'
import type { Registries } from './drivers.ts'

/** Every driver. Who reads an outline alone does without this file, so that its package does without the drivers. */
export const registries: Registries = { dns, secrets, state, balancers, notify }
