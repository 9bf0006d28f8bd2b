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
  const answer = await written(name, pemLines(certificate), api)
  const { did, path } = TRANSACTION.exec(answer)?.groups ?? {}
  if (path === undefined) throw refused('set ssl cert', name, answer)
  if (did === 'created' && path === name) return
  // Whoever opened it would commit our certificate for theirs; what nobody opened is another file's.
  await abort(path, api, log)
  if (did === 'created') throw refused('set ssl cert', name, `it took it for a part of ${path}; give it a name in .pem`)
  throw busy(name, 'somebody else began to replace one at the same moment')
}

const TRANSACTION = /^Transaction (?<did>created|updated) for certificate (?<path>.+)!$/m

/**
 * HAProxy 2.6 takes these endings for the kind of what is sent, the key alone say, and looks for a file without: so it finds
 * none where the ending belongs to the name (https://github.com/haproxy/haproxy/issues/2265), and the file with one more.
 */
const PARTS = /\.(?:crt|key)$/
const NOT_FOUND = /^Can't replace a certificate which is not referenced/m

async function written(name: string, pem: Secret, api: RuntimeApi): Promise<string> {
  const answer = await api.send(`set ssl cert ${name}`, pem)
  return PARTS.test(name) && NOT_FOUND.test(answer) ? api.send(`set ssl cert ${name}.crt`, pem) : answer
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
