import type { Command } from '../call.ts'
import { renew } from './renew.ts'

export const deploy: Command = {
  summary: 'deploy what is there to its balancers again, and verify it by handshakes; nothing is ordered',
  takes: ['only', 'dry-run'],
  run: (call) => renew.run({ ...call, request: { ...call.request, deploy: true } }),
}
