/** What a person has shown or deleted by hand. */
import { tests } from '../checks.ts'
import type { Sabotage } from '../sabotage.ts'

const DELETE = 'lib/renewal/delete.ts'

export const deletions: readonly Sabotage[] = [
  {
    name: 'deletes-half',
    what: 'Where one of those that are named is refused, the others are deleted all the same.',
    file: DELETE,
    find: 'if (free.length < looked.length || !(await agree(free.map(({ held }) => held)))) return named',
    replace: 'if (free.length > looked.length || !(await agree(free.map(({ held }) => held)))) return named',
    noticedBy: [tests('test/unit/delete', 'test/flow/delete')],
  },
  {
    name: 'deletes-needed',
    what: 'A certificate is deleted although one of the configuration needs it.',
    file: DELETE,
    find: 'const needs = needed.get(name) ?? (id === undefined ? undefined : needed.get(id))',
    replace: "const needs = needed.get('') ?? (id === undefined ? undefined : needed.get(''))",
    noticedBy: [tests('test/unit/delete', 'test/flow/delete')],
  },
  {
    name: 'deletes-unread',
    what: 'What is still listed after it was deleted is called deleted.',
    file: DELETE,
    find: "return isListed ? (tried[at] ?? 'it is still listed') : undefined",
    replace: 'return isListed ? tried[at] : undefined',
    noticedBy: [tests('test/unit/delete')],
  },
  {
    name: 'deletes-bound',
    what: 'A certificate that a frontend has begun to use is asked to be deleted.',
    file: 'lib/balancers/drivers/scaleway/delete.ts',
    find: 'if (frontends.some(({ certificate_ids }) => certificate_ids.includes(id))) return false',
    replace: "if (frontends.some(({ certificate_ids }) => certificate_ids.includes(''))) return false",
    noticedBy: [tests('test/contract/balancers-scaleway-retire')],
  },
  {
    name: 'another-wire',
    what: 'What any certificate on the wire shows is told of the one that the API names.',
    file: 'lib/observe/on-the-wire.ts',
    find: 'if (served === undefined || sha1Of(served) !== sha1) continue',
    replace: "if (served === undefined || sha1Of(served) === '') continue",
    noticedBy: [tests('test/unit/on-the-wire')],
  },
]
