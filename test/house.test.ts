import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'

const ROOMS = ['handlers', 'cli', 'lib', 'sandbox', 'test', 'bench', 'docs'] as const

/** This file names what it looks for, and is left out. */
const files = ROOMS.flatMap((room) =>
  readdirSync(room, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(ts|js)$/.test(file))
    .map((file) => join(room, file))
    .filter((file) => file !== 'test/house.test.ts'),
)
const text = (file: string) => readFileSync(file, 'utf8')
const lib = files.filter((file) => file.startsWith('lib/'))
const code = files.filter((file) => !file.startsWith('test/'))

const WINGS_OF_FLOOR_3 = ['config', 'plan', 'renewal', 'report']
/** What decides and takes nothing but values. */
const WINGS_OF_FLOOR_2 = ['policy']
const WINGS_OF_FLOOR_1 = ['acme', 'dns', 'secrets', 'state', 'balancers', 'notify', 'queue']
/** What the drivers of several wings know of one vendor, or of one protocol that several vendors speak. */
const VENDORS = readdirSync('lib/vendors')
const KINDS_OF_DRIVERS = ['dns', 'secrets', 'state', 'balancers', 'notify', 'queue']

function floorOf(file: string): number {
  const [room, wing = ''] = file.split('/')
  if (room !== 'lib') return 5
  if (['run.ts', 'open.ts'].includes(wing)) return 4
  if (WINGS_OF_FLOOR_3.includes(wing)) return 3
  if (WINGS_OF_FLOOR_2.includes(wing)) return 2
  if (WINGS_OF_FLOOR_1.includes(wing)) return 1
  return wing === 'vendors' ? 0.5 : 0
}

/** What is loaded together with a file: neither what is imported at its first use, nor types. */
const loadedWith = (file: string) =>
  [...text(file).matchAll(/^(?:import|export)(?! type\b)[^';]*?from\s+'(?<path>\.{1,2}\/[^']+)'/gms)]
    .filter(([statement]) => !/^(?:import|export)\s*\{(?:\s*type\s[^,}]*,?)*\s*\}/.test(statement))
    .map(({ groups }) => normalize(join(dirname(file), groups?.path ?? '')))

/** The first way that leads from a file back to itself. */
function circleFrom(file: string): string[] | undefined {
  const seen = new Set<string>()
  const follow = (path: readonly string[]): string[] | undefined => {
    for (const next of loadedWith(path.at(-1) ?? '')) {
      if (next === file) return [...path, next]
      if (seen.has(next)) continue
      seen.add(next)
      const found = follow([...path, next])
      if (found) return found
    }
    return undefined
  }
  return follow([file])
}

/** The files and folders of drivers, by name. */
const driversOf = (kind: string) => readdirSync(`lib/${kind}/drivers`).map((file) => file.replace(/\.ts$/, ''))

/** Relative imports, the dynamic ones included. */
const importsOf = (file: string) =>
  [...text(file).matchAll(/(?:from\s+|import\(\s*|import\s+)'(?<path>\.{1,2}\/[^']+)'/g)].map(({ groups }) =>
    normalize(join(dirname(file), groups?.path ?? '')),
  )

const mayImport = (from: string, to: string): boolean => {
  const [above, below] = [floorOf(from), floorOf(to)]
  if (below < above || above === 0) return below <= above
  const sameWing = from.split('/')[1] === to.split('/')[1]
  return below === above && (above === 4 || sameWing)
}

describe('the house', () => {
  test('a file of lib imports from lower floors or from its own wing', () => {
    const wrong = lib.flatMap((file) =>
      importsOf(file)
        .filter((to) => !mayImport(file, to))
        .map((to) => `${file} imports ${to}`),
    )
    expect(wrong).toEqual([])
  })

  test('lib knows nothing of handlers, cli, sandbox or tests', () => {
    expect(lib.flatMap(importsOf).filter((to) => !to.startsWith('lib/'))).toEqual([])
  })

  test('no files import each other in a circle, but for types', () => {
    const ours = files.filter((file) => !file.startsWith('docs/'))
    expect(ours.map(circleFrom).filter((circle) => circle !== undefined)).toEqual([])
  })

  // In the wing of the authorities AWS is one of them.
  test('a vendor is named in its home, in drivers and in the registries, and nowhere else in lib', () => {
    const names = new RegExp(`\\b(?:${VENDORS.join('|')})\\b`, 'i')
    const home = /^lib\/(?:vendors\/|acme\/|\w+\/drivers\/|\w+\/registry\.ts$)/
    expect(lib.filter((file) => !home.test(file) && names.test(text(file)))).toEqual([])
  })

  test('a home of a vendor names no other, but for the protocol of one that others speak as well', () => {
    const wrong = VENDORS.flatMap((vendor) => {
      const others = new RegExp(`\\b(?:${VENDORS.filter((each) => each !== vendor).join('|')})\\b`, 'i')
      return lib.filter((file) => file.startsWith(`lib/vendors/${vendor}/`) && others.test(text(file)))
    })
    expect(wrong.filter((file) => !file.startsWith('lib/vendors/s3/'))).toEqual([])
  })

  test('the sandbox and lib share no line', () => {
    const crossing = files.filter((file) => {
      const to = importsOf(file)
      return file.startsWith('sandbox/') ? to.some((each) => each.startsWith('lib/')) : false
    })
    expect(crossing).toEqual([])
  })

  test('a file has at most 250 lines, and the median of lib is near 80', () => {
    const long = code.filter((file) => text(file).split('\n').length > 251)
    expect(long).toEqual([])
    const lengths = lib.map((file) => text(file).split('\n').length).sort((one, other) => one - other)
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThanOrEqual(100)
  })

  test('no file is named after what it is not', () => {
    // A driver is called what its vendor calls it.
    const own = files.filter((file) => !file.includes('/drivers/'))
    expect(own.filter((file) => /(util|helper|manager|shared|base|misc|common|index)s?\.(ts|js)$/.test(file))).toEqual(
      [],
    )
    expect(
      files.filter(
        (file) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.config|\.d)?\.(ts|js)$/.test(file.split('/').at(-1) ?? ''),
      ),
    ).toEqual([])
  })

  test.each(KINDS_OF_DRIVERS)(
    'each driver of %s is a file or a folder, and a line in the registry, under one name',
    (kind) => {
      const drivers = driversOf(kind)
      const registered = [
        ...text(`lib/${kind}/registry.ts`).matchAll(
          /'?(?<name>[\w-]+)'?: (?:async )?\(\) =>[^/]*'\.\/drivers\/(?<file>[\w-]+)(?:\/driver)?\.ts'/g,
        ),
      ]
      expect(registered.map(({ groups }) => groups?.name).sort()).toEqual(drivers.sort())
      for (const { groups } of registered) expect(groups?.name).toBe(groups?.file)
    },
  )

  test('no driver is asked for by name above its port', () => {
    const names = KINDS_OF_DRIVERS.flatMap(driversOf)
    const asking = lib
      .filter((file) => [2, 3].includes(floorOf(file)) && !file.startsWith('lib/config/'))
      .filter((file) => names.some((name) => text(file).includes(`'${name}'`)))
    expect(asking).toEqual([])
  })

  test('lib and handlers read no environment, print nothing and know no wall clock but the platform’s', () => {
    const wrong = lib
      .filter((file) => !file.startsWith('lib/platform/'))
      .filter((file) => /process\.env|console\.|Date\.now\(\)|new Date\(\)/.test(text(file)))
    expect(wrong).toEqual([])
  })

  test('nothing is left open', () => {
    const open = /TODO|FIXME|XXX|HACK|not implemented/
    expect(files.filter((file) => open.test(text(file)))).toEqual([])
    const alone = /\b(it|test|describe)\.(skip|only|todo)\b/
    expect(files.filter((file) => alone.test(text(file)))).toEqual([])
  })
})
