import { describe, expect, test } from 'vitest'
import { findPeer, peers } from './peer.ts'

/** Runs a suite that needs these programs. Where one is missing it says so, and in CI it fails. */
export function describePeers<Name extends keyof typeof peers>(
  title: string,
  names: readonly Name[],
  suite: (paths: Readonly<Record<Name, string>>) => void,
): void {
  const found = names.map((name) => [name, findPeer(peers[name])] as const)
  const missing = found.flatMap(([name, path]) => (path === undefined ? [peers[name]] : []))
  describe(title, () => {
    if (missing.length === 0) return suite(Object.fromEntries(found) as Record<Name, string>)
    test(`is proved wherever ${missing.map(({ program }) => program).join(' and ')} can be run, as in CI`, () => {
      for (const { program, install } of missing) {
        process.stderr.write(
          `\n${program} was not found: nothing was proved of "${title}". Install it:\n  ${install}\n`,
        )
      }
      expect(process.env.CI ?? '', 'CI must have every peer').not.toMatch(/^(true|1)$/)
    })
  })
}
