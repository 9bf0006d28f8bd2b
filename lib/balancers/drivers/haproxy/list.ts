import { join } from 'node:path'
import { isFailure } from '../../../errors.ts'
import type { InstalledCertificate } from '../../../types.ts'
import { isManaged } from '../../names.ts'
import { type ListEntry, readCertificate, readList, readLists, readNames, type ShownCertificate } from './answers.ts'
import type { PemFolder } from './listener.ts'
import { fingerprintIn, nameIn, readPemFile } from './pem-file.ts'
import { escaped, type RuntimeApi } from './runtime-api.ts'

/** Everything in HAProxy's memory. The files tell which were put there by newleaf. */
export async function listHeld(
  api: RuntimeApi,
  files: PemFolder,
  environment: string,
): Promise<InstalledCertificate[]> {
  const shown = new Map<string, ShownCertificate>()
  for (const name of readNames(await api.show('show ssl cert')).names) {
    const certificate = readCertificate(await api.show(`show ssl cert ${escaped(name)}`))
    if (certificate !== undefined) shown.set(name, certificate)
  }
  const lists = new Map<string, ListEntry[]>()
  for (const name of readLists(await api.show('show ssl crt-list'))) {
    lists.set(name, readList(await api.show(`show ssl crt-list ${escaped(name)}`)))
  }
  const held = [...shown].map(
    async ([name, certificate]): Promise<InstalledCertificate> => ({
      loadBalancer: api.socket,
      name,
      covers: certificate.covers,
      notAfter: certificate.notAfter,
      managed: await isManagedFile(name, certificate, files, environment),
      bound: certificate.status === 'Used' ? boundTo(name, lists, shown) : [],
    }),
  )
  return Promise.all(held)
}

/** A bind that names the file itself is not told by the runtime API. */
function boundTo(
  name: string,
  lists: ReadonlyMap<string, readonly ListEntry[]>,
  shown: ReadonlyMap<string, ShownCertificate>,
): InstalledCertificate['bound'] {
  const served = ({ name: each, filters }: ListEntry) =>
    filters.length > 0 ? filters : (shown.get(each)?.covers ?? [])
  const inLists = [...lists].flatMap(([listener, entries]) => {
    const at = entries.findIndex((entry) => entry.name === name)
    const entry = entries[at]
    if (entry === undefined) return []
    const before = new Set(entries.slice(0, at).flatMap(served))
    return [{ listener, effectiveFor: served(entry).filter((each) => !before.has(each)) }]
  })
  return inLists.length > 0 ? inLists : [{ listener: 'bind', effectiveFor: shown.get(name)?.covers ?? [] }]
}

/** By the file, as long as that holds what is in memory. */
async function isManagedFile(name: string, { fingerprint }: ShownCertificate, files: PemFolder, environment: string) {
  if (!name.startsWith(`${files.folder}/`)) return false
  try {
    const text = (await readPemFile(join(files.here, name.slice(files.folder.length + 1)))) ?? ''
    return isManaged(nameIn(text) ?? '', environment) && fingerprintIn(text) === fingerprint
  } catch (error) {
    if (isFailure(error, 'DENIED', 'STORE_UNREADABLE')) return false // a file that we may not read is not ours
    throw error
  }
}
