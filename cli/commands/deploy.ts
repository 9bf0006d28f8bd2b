import type { Command } from '../call.ts'
import { renew } from './renew.ts'

export const deploy: Command = {
  summary: 'bring what is there to its balancers again, and prove it with handshakes; nothing is ordered',
  takes: ['only', 'dry-run'],
  run: (call) => renew.run({ ...call, wish: { ...call.wish, deploy: true } }),
}
