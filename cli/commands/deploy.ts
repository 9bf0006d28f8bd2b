import type { Command } from '../call.ts'
import { renew } from './renew.ts'

export const deploy: Command = {
  summary: 'deploy what is stored to its balancers again; orders nothing',
  example: 'newleaf deploy --only shop',
  takes: ['only', 'dry-run'],
  run: (call) => renew.run({ ...call, request: { ...call.request, deploy: true } }),
}
