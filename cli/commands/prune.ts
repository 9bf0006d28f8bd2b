import { pruneBalancers } from '../../lib/by-hand.ts'
import { loadConfig } from '../../lib/config/load.ts'
import { safeText } from '../../lib/platform/log.ts'
import { isPruned, pruneJson } from '../../lib/report/by-hand.ts'
import { type Command, EXIT, hostContext } from '../call.ts'
import { painter, table } from '../paint.ts'
import { print } from '../print.ts'
import { warningsOnly } from '../progress.ts'
import { fitted } from '../wrap.ts'

export const prune: Command = {
  summary: 'delete certificates of newleaf that nobody needs any more',
  operands: '[BALANCER …]',
  about:
    'At these balancers, or at all: what newleaf made in this environment, no\nlistener uses, and no certificate in the configuration has in its state.',
  example: 'newleaf prune fr --dry-run',
  takes: ['dry-run'],
  async run(call) {
    const { io, request, words } = call
    const config = await loadConfig(call.config)
    const options = { balancers: words, dryRun: request.dryRun }
    const all = await pruneBalancers(config, options, hostContext(call, warningsOnly(call)))
    const paint = painter(io.stdout, io)
    const ok = isPruned(all, request.dryRun)
    print(call, pruneJson(all, request.dryRun), () =>
      all
        .map(({ balancer, target, unneeded, deleted, error }) => {
          if (error) {
            const why = fitted(`${error.code}: ${safeText(error.message)}`, 4, io.stdout)
            return `${paint('bold', target)}\n  ${paint('red', why)}\n`
          }
          const head = `${paint('bold', balancer)}${unneeded.length === 0 ? ': nothing to delete' : ''}\n`
          const word = (name: string) =>
            deleted.includes(name) ? 'deleted' : request.dryRun ? 'would be deleted' : 'still there'
          return (
            head +
            table(
              unneeded.map((name) => [safeText(name), word(name)]),
              '  ',
            )
          )
        })
        .join('\n'),
    )
    return ok ? EXIT.healthy : EXIT.unhealthy
  },
}
