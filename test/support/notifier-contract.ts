import { describe, expect, test } from 'vitest'
import type { Notifier } from '../../lib/ports.ts'
import type { Notice } from '../../lib/types.ts'
import { failureOf } from './stores.ts'

export const problem: Notice = {
  event: 'problem',
  environment: 'prod',
  certificate: 'shop',
  names: ['shop.example', '*.shop.example'],
  codes: ['ACME_CAA'],
  message: 'the authority said: CAA <b> & "forbids" <!channel> @here',
  step: 'validate',
  since: new Date('2026-11-22T06:00:00Z'),
  fingerprint: '0123456789abcdef'.repeat(4),
  serial: '4A1B',
  expires: new Date('2026-12-22T06:00:00Z'),
  next: new Date('2026-11-23T06:00:00Z'),
  advice: 'allow the authority in the CAA records of the name',
}
export const resolved: Notice = {
  event: 'resolved',
  environment: 'prod',
  certificate: 'shop',
  names: ['shop.example'],
  codes: ['ACME_CAA', 'EXPIRES_SOON'],
  message: 'the problems that were reported are resolved',
  since: problem.since,
}
export const trial: Notice = {
  event: 'test',
  environment: 'prod',
  names: [],
  codes: [],
  message: 'a test',
  since: problem.since,
}

export interface Receiver {
  readonly notifier: Notifier
  /** All that has arrived, whole. */
  heard(): Promise<string[]>
  /** Refuses the next notice with this status, and a body that must not be seen. */
  refuse(status: 403 | 500): void
}

/** What every notifier keeps, whoever is behind it. */
export function notifierContract(name: string, open: () => Promise<Receiver>): void {
  describe(`the notifier ${name}`, () => {
    test.each([problem, resolved, trial])('brings a notice of the event $event, once', async (notice) => {
      const { notifier, heard } = await open()
      await notifier.send(notice)
      const letters = await heard()
      expect(letters).toHaveLength(1)
      for (const part of [notice.message.slice(0, 12), notice.environment, notice.certificate ?? '', ...notice.codes]) {
        expect(letters[0]).toContain(part)
      }
    })

    test('brings what a person needs: names, step, since when, the end of the certificate, the next look, what to do', async () => {
      const { notifier, heard } = await open()
      await notifier.send(problem)
      const [letter] = await heard()
      const parts = ['*.shop.example', 'validate', '2026-11-22', '2026-12-22', '2026-11-23', 'allow the authority']
      for (const part of parts) expect(letter).toContain(part)
    })

    test.each([
      [403, 'DENIED'],
      [500, 'UNAVAILABLE'],
    ] as const)('rejects when it is answered %i, and shows nothing of the answer', async (status, code) => {
      const { notifier, refuse } = await open()
      refuse(status)
      expect(await failureOf(notifier.send(trial))).toBe(code)
    })
  })
}
