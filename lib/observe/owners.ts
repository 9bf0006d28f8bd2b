import { certificateName } from '../balancers/names.ts'
import { toFailure } from '../errors.ts'
import type { Dependencies } from '../ports.ts'
import type { CertificateSpec, InstalledCertificate } from '../types.ts'
import type { Inventory } from './inventory.ts'
import { neededObjects } from './needed-objects.ts'

type Specs = readonly Pick<CertificateSpec, 'id'>[]
type Outside = Pick<Dependencies, 'state' | 'environment' | 'clock' | 'log'>

/**
 * The same, and of a certificate whose owner its load balancer does not tell, that newleaf has made it: if the wire has shown which
 * it is, and a state has it. Of any other it stays unknown.
 */
export async function withOwners(
  inventories: readonly Inventory[],
  specs: Specs,
  deps: Outside,
): Promise<readonly Inventory[]> {
  const all = inventories.flatMap((inventory) => ('held' in inventory ? inventory.held : []))
  if (!all.some(isOpen)) return inventories
  const isOwn = await inStates(specs, deps)
  const owned = (held: InstalledCertificate) =>
    isOpen(held) && isOwn(held.fingerprint) ? { ...held, managed: true } : held
  return inventories.map((inventory) =>
    'held' in inventory ? { ...inventory, held: inventory.held.map(owned) } : inventory,
  )
}

const isOpen = (held: InstalledCertificate): held is InstalledCertificate & { readonly fingerprint: string } =>
  held.managed === undefined && held.fingerprint !== undefined

/** A state that cannot be read keeps nobody from seeing the rest. */
async function inStates(specs: Specs, deps: Outside): Promise<(fingerprint: string) => boolean> {
  try {
    const needed = await neededObjects(specs, deps)
    return (fingerprint) => specs.some(({ id }) => needed.has(certificateName(deps.environment, id, fingerprint)))
  } catch (error) {
    const { code, message } = toFailure(error)
    deps.log.warn('the state could not be read, and does not tell which certificates are managed', {
      ...{ code, reason: message },
    })
    return () => false
  }
}
