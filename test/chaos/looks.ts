/** When newleaf itself has looked at an address for a name: what came about later it cannot know. */
import type { Address } from '../../sandbox/handshake.ts'
import { covers } from '../../sandbox/lies.ts'

export type Looks = ReturnType<typeof createLooks>

export function createLooks(names: readonly string[], now: () => number) {
  const ever = new Map<string, number>()
  const recent = new Map<string, number>()
  const keyOf = ({ address, port }: Address, name: string) => `${name} ${address} ${port}`
  return {
    runBegins: () => recent.clear(),
    looked(endpoint: Address, serverName: string): void {
      for (const name of names.filter((each) => covers(each, serverName))) {
        ever.set(keyOf(endpoint, name), now())
        recent.set(keyOf(endpoint, name), now())
      }
    },
    last: (endpoint: Address, name: string, when: 'ever' | 'this run'): number | undefined =>
      (when === 'ever' ? ever : recent).get(keyOf(endpoint, name)),
  }
}
