import { Failure, toFailure } from '../../../errors.ts'
import { Secret } from '../../../platform/secret.ts'
import type { Log } from '../../../ports.ts'
import type { Certificate } from '../../../types.ts'
import { sendOnce } from '../../send-once.ts'
import { isShown, readCertificate, readNames } from './answers.ts'
import { escaped, quoted, type RuntimeApi } from './runtime-api.ts'

/**
 * Puts a certificate in the place of what HAProxy has in memory under this name. There is one transaction for everybody,
 * and `set ssl cert` writes into whatever transaction is open, even into that of another file (seen with 2.6.12): so one is
 * opened only when there is none, and committed only when it holds what we put there.
 */
export async function replace(name: string, certificate: Certificate, api: RuntimeApi, log: Log): Promise<void> {
  const pending = async () => readCertificate(await api.show(`show ssl cert *${name}`))
  const isPending = async () => isShown(await pending(), certificate)
  const { transaction } = readNames(await api.show('show ssl cert'))
  if (transaction !== undefined) {
    const advice = `if nobody is at work there: abort ssl cert ${transaction}`
    throw busy(name, `somebody has begun to replace ${transaction}; ${advice}`)
  }
  const outcomeUnknown = await sendOnce(begin(name, certificate, api, log))
  try {
    if (outcomeUnknown !== undefined) throw outcomeUnknown
    if (!(await isPending())) throw busy(name, 'somebody else wrote into our transaction')
    await commit(name, certificate, api)
  } catch (error) {
    if (outcomeUnknown === undefined || (await isPending().catch(() => false))) await abort(name, api, log)
    throw error
  }
}

/** A transaction that a run of ours has left open when it was killed is known by what is in it. No other is touched. */
export async function takeBack(
  name: string,
  fingerprints: readonly string[],
  api: RuntimeApi,
  log: Log,
): Promise<void> {
  const { transaction } = readNames(await api.show('show ssl cert'))
  if (transaction !== name) return
  const pending = readCertificate(await api.show(`show ssl cert *${name}`))
  if (pending === undefined || !fingerprints.includes(pending.fingerprint)) return
  log.info('a transaction that an interrupted run left open is taken back', { certificate: name })
  await abort(name, api, log)
}

async function begin(name: string, certificate: Certificate, api: RuntimeApi, log: Log): Promise<void> {
  const answer = await api.send(`set ssl cert ${name}`, pemLines(certificate))
  if (/^Transaction created for certificate /m.test(answer)) return
  const path = /^Transaction updated for certificate (?<path>.+)!$/m.exec(answer)?.groups?.path
  if (path === undefined) throw refused('set ssl cert', name, answer)
  // Whoever opened it would commit our certificate for theirs.
  await abort(path, api, log)
  throw busy(name, 'somebody else began to replace one at the same moment')
}

async function commit(name: string, certificate: Certificate, api: RuntimeApi): Promise<void> {
  const outcomeUnknown = await sendOnce(
    api.send(`commit ssl cert ${name}`).then((answer) => {
      if (/^No ongoing transaction/.test(answer)) throw busy(name, 'our transaction was gone before it was committed')
      if (!/^Success!/m.test(answer)) throw refused('commit ssl cert', name, answer)
    }),
  )
  if (outcomeUnknown === undefined) return
  if (!isShown(readCertificate(await api.show(`show ssl cert ${name}`)), certificate)) throw outcomeUnknown
}

/** Succeeds when there is none. It is on the way out of something that failed, and must not hide it. */
async function abort(name: string, api: RuntimeApi, log: Log): Promise<void> {
  try {
    await api.cleanUp(`abort ssl cert ${escaped(name)}`)
  } catch (error) {
    log.warn('a transaction could not be taken back', { reason: toFailure(error).message })
  }
}

/** The payload of a command ends with the first empty line. */
const pemLines = ({ chainPem, privateKeyPem }: Certificate): Secret =>
  new Secret(
    `${chainPem}\n${privateKeyPem.reveal()}`
      .split(/\s*\n\s*/)
      .filter((line) => line !== '')
      .join('\n'),
  )

const busy = (name: string, why: string) =>
  new Failure('TARGET_BUSY', `the certificate ${name} was not replaced in HAProxy: ${why}`)

export const refused = (command: string, name: string, answer: string) =>
  new Failure('TARGET_REFUSED', `HAProxy refused "${command} ${name}": ${quoted(answer)}`)
