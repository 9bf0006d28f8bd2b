import type { Failure } from '../../lib/errors.ts'
import type { Notifier } from '../../lib/ports.ts'
import type { Notice } from '../../lib/types.ts'

export interface MemoryNotifier extends Notifier {
  readonly notices: Notice[]
  /** `problem ACME_CAA`, `over ACME_CAA EXPIRES_SOON`: what has been heard, in short. */
  heard(): string[]
  /** Thrown by every call while it stands. */
  trouble: Failure | undefined
}

/** Keeps what it is told. */
export function createMemoryNotifier(): MemoryNotifier {
  const notices: Notice[] = []
  const notifier: MemoryNotifier = {
    notices,
    trouble: undefined,
    heard: () => notices.map(({ event, codes }) => [event, ...codes].join(' ')),
    async send(notice) {
      if (notifier.trouble) throw notifier.trouble
      notices.push(notice)
    },
  }
  return notifier
}
