import { deleteAt } from '../../lib/by-hand.ts'
import { loadConfig } from '../../lib/config/load.ts'
import { Failure } from '../../lib/errors.ts'
import { safeText } from '../../lib/platform/log.ts'
import { deleteJson, isDeleted } from '../../lib/report/by-hand.ts'
import { short } from '../../lib/report/inspected.ts'
import type { InstalledCertificate } from '../../lib/types.ts'
import { type Command, EXIT, hostContext } from '../call.ts'
import { confirm } from '../confirm.ts'
import { type Paint, painter } from '../paint.ts'
import { print } from '../print.ts'
import { warningsOnly } from '../progress.ts'
import { wrapped } from '../wrap.ts'

export const deleteCommand: Command = {
  summary: 'delete certificates that you name and no listener uses',
  operands: 'BALANCER NAME…',
  about:
    'Whoever has made them: by the names that `newleaf list` shows, or by the ids of\n' +
    '`newleaf list --json`. One that is bound, or that a certificate of the\n' +
    'configuration needs, is refused, and then none is deleted.',
  example: 'newleaf delete fr old-shop placeholder --dry-run',
  takes: ['dry-run', 'yes'],
  async run(call) {
    const [balancer, ...names] = call.words
    if (balancer === undefined || names.length === 0)
      throw new Failure('EVENT_INVALID', 'expected `newleaf delete BALANCER NAME…`, with --dry-run or --yes')
    const config = await loadConfig(call.config)
    const { dryRun } = call.request
    let declined = false
    const agree = async (certificates: readonly InstalledCertificate[]) => {
      if (dryRun) return false
      if (call.isSet('yes')) return true
      declined = !(await confirm(questionOn(balancer, certificates), call.io))
      return !declined
    }
    const all = await deleteAt(config, { balancer, names }, agree, hostContext(call, warningsOnly(call)))
    if (declined) {
      call.io.stderr.write('Nothing was changed.\n')
      return EXIT.unhealthy
    }
    const paint = painter(call.io.stdout, call.io)
    print(call, deleteJson(balancer, all, dryRun), () => textOf(balancer, all, dryRun, paint))
    return isDeleted(all, dryRun) ? EXIT.healthy : EXIT.unhealthy
  },
}

function questionOn(balancer: string, certificates: readonly InstalledCertificate[]): string {
  const lines = certificates.map(({ name, loadBalancer, managed, notAfter, covers }) => {
    const owner = managed === undefined ? [] : [managed ? 'managed' : 'foreign']
    const end = notAfter === undefined ? [] : [`valid until ${notAfter.toISOString().slice(0, 10)}`]
    const facts = [`at ${safeText(loadBalancer)}`, ...owner, ...end].join(', ')
    return `  ${safeText(name)}\n    ${facts}\n    names: ${covers.length === 0 ? 'unknown' : short(covers)}\n`
  })
  const what = certificates.length === 1 ? 'this certificate' : `these ${certificates.length} certificates`
  return `${lines.join('')}Delete ${what} at ${balancer} for good?`
}

function textOf(balancer: string, all: Parameters<typeof isDeleted>[0], dryRun: boolean, paint: Paint): string {
  const isRefused = all.some(({ reason }) => reason !== undefined)
  const word = ({ deleted, reason }: (typeof all)[number]) => {
    if (deleted) return 'deleted'
    if (reason !== undefined) return paint('red', wrapped(`not deleted: ${safeText(reason)}`, 4))
    if (!dryRun) return 'not deleted: another one was refused'
    return isRefused ? 'would not be deleted: another one is refused' : 'would be deleted'
  }
  return `${paint('bold', balancer)}\n${all.map((one) => `  ${safeText(one.name)}\n    ${word(one)}\n`).join('')}`
}
