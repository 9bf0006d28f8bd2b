import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { access, lstat, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Failure } from '../../../errors.ts'
import { failureAt, listFolder, readPlain, syncFolder } from '../../../platform/files.ts'
import type { Certificate, Deployment, PublicCertificate } from '../../../types.ts'
import { isManaged } from '../../names.ts'
import { sha1Of } from './answers.ts'

/** The first line tells whose it is: HAProxy and OpenSSL pass over what is outside of PEM blocks. */
export const pemText = ({ name, certificate }: Deployment<Certificate>): string =>
  `# ${name}\n${certificate.chainPem.trim()}\n${certificate.privateKeyPem.reveal().trim()}\n`

/** Of the first certificate in it, as HAProxy shows it; undefined if there is none. */
export function fingerprintIn(text: string): string | undefined {
  const [body] = chainOf(text)
  try {
    return body === undefined ? undefined : sha1Of(new X509Certificate(Buffer.from(body, 'base64')))
  } catch {
    return undefined // what cannot be read is none
  }
}

export const nameIn = (text: string): string | undefined => /^# (?<name>newleaf-\S+)\n/.exec(text)?.groups?.name

const BLOCK = /-----BEGIN (?<label>[A-Z ]+)-----(?<body>[A-Za-z0-9+/=\s]+)-----END \k<label>-----/g

/** Whether it holds exactly this chain, and the key to it. */
function holds(text: string, { chainPem }: PublicCertificate): boolean {
  const [now, wanted] = [chainOf(text), chainOf(chainPem)]
  const key = [...text.matchAll(BLOCK)].find(({ groups }) => groups?.label?.endsWith('PRIVATE KEY'))?.[0]
  if (key === undefined || now.join() !== wanted.join()) return false
  try {
    return new X509Certificate(chainPem).checkPrivateKey(createPrivateKey(key))
  } catch {
    return false // a key that cannot be read is none
  }
}

const chainOf = (text: string): string[] =>
  [...text.matchAll(BLOCK)].flatMap(({ groups }) =>
    groups?.label === 'CERTIFICATE' ? [groups.body?.replace(/\s/g, '') ?? ''] : [],
  )

export async function readPemFile(path: string): Promise<string | undefined> {
  return (await readPlain(path, 0))?.toString('utf8')
}

export async function fileHolds(path: string, certificate: PublicCertificate): Promise<boolean> {
  const text = await readPemFile(path)
  return text !== undefined && holds(text, certificate)
}

/** Rejects when the folder is not there, and when something is in this place that newleaf did not write. */
export async function checkOwnFile(path: string, environment: string): Promise<void> {
  await checkFolderOf(path)
  const text = await readPemFile(path)
  if (text === undefined || isManaged(nameIn(text) ?? '', environment)) return
  throw new Failure('TARGET_REFUSED', `${path} was not written by newleaf, and HAProxy does not use it: move it away`)
}

/** Early: that nothing can be put into its place should not be found out once a certificate was ordered. It changes nothing. */
export async function checkReplaceable(path: string): Promise<void> {
  await checkFolderOf(path)
  await statsOf(path)
  try {
    await access(dirname(path), constants.W_OK | constants.X_OK)
  } catch (error) {
    throw failureAt(dirname(path), error)
  }
}

async function checkFolderOf(path: string): Promise<void> {
  if ((await listFolder(dirname(path))) !== undefined) return
  const advice = 'check `folder`, and set `mountedAt` where that folder has another path here'
  throw new Failure('TARGET_MISSING', `the folder ${dirname(path)} is not there: ${advice}`)
}

const prefixOf = (path: string) => `.${basename(path)}.newleaf-`

/** What runs that were killed have left beside `path`: each had a transaction in HAProxy, or was about to open one. */
export async function leftBeside(path: string): Promise<string[]> {
  const entries = (await listFolder(dirname(path))) ?? []
  const left = entries.filter(({ name }) => name.startsWith(prefixOf(path)))
  return left.map(({ name }) => join(dirname(path), name))
}

export interface StagedFile {
  /** After a crash at any moment there is the old file or the new, never a part. */
  install(): Promise<void>
  /** Succeeds when it is in place or gone. */
  discard(): Promise<void>
}

/**
 * Writes a file beside `path` with the owner and mode of what is there, so that little is left that can fail. Its name begins
 * with a dot: HAProxy passes over such files when it loads a whole folder (configuration.txt, bind, crt).
 */
export async function stageFile(path: string, text: string): Promise<StagedFile> {
  await checkFolderOf(path)
  const temporary = join(dirname(path), `${prefixOf(path)}${randomBytes(8).toString('hex')}`)
  const discard = () => rm(temporary, { force: true })
  try {
    await writeLike(await statsOf(path), temporary, text)
  } catch (error) {
    await discard()
    throw failureAt(path, error)
  }
  return {
    discard,
    async install() {
      try {
        await rename(temporary, path)
        await syncFolder(dirname(path))
      } catch (error) {
        throw failureAt(path, error)
      }
    },
  }
}

async function statsOf(path: string): Promise<Stats | undefined> {
  const stats = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (stats === undefined || stats.isFile()) return stats
  throw new Failure('TARGET_REFUSED', `${path} is a link or no plain file: put the file itself there`)
}

/** For us alone until it belongs to whom it should. */
async function writeLike(model: Stats | undefined, path: string, text: string): Promise<void> {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
  try {
    if (model !== undefined) {
      const { uid, gid } = await file.stat()
      if (uid !== model.uid || gid !== model.gid) await file.chown(model.uid, model.gid)
      await file.chmod(model.mode & 0o777)
    }
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}
