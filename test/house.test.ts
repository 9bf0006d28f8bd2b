import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type FunctionInFile, functionsIn } from './support/functions.ts'
import { type Source, sharedRuns } from './support/shared-runs.ts'

const ROOMS = ['handlers', 'cli', 'build', 'lib', 'sandbox', 'test', 'bench', 'docs'] as const

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

/** The folders of lib, from the ground up; what stands in none of them is a noun, a port or a tool, below all of these. */
const FLOORS = [
  ['vendors'],
  ['acme', 'dns', 'secrets', 'state', 'balancers', 'notify', 'queue'],
  ['policy'],
  ['observe'],
  ['config', 'renewal', 'report'],
] as const
const floorOfWing = (wing: string) => FLOORS.findIndex((wings) => (wings as readonly string[]).includes(wing)) + 1
const MEETING = FLOORS.length + 1
/** What the drivers of several wings know of one vendor, or of one protocol that several vendors speak. */
const VENDORS = readdirSync('lib/vendors')
const KINDS_OF_DRIVERS = ['dns', 'secrets', 'state', 'balancers', 'notify', 'queue']

/** Where lib loads something late by `import()`, and why. */
const LOADED_LATE: readonly (readonly [where: RegExp, why: string])[] = [
  [/^lib\/\w+\/registry\.ts$/, 'a driver comes when the configuration names it'],
  [
    /^lib\/\w+\/drivers\//,
    'the configuration is read with the options of a driver; the SDK of its vendor comes when it is opened',
  ],
  [/\/bucket\.ts$/, 'the same of S3, which several drivers share'],
  [/^lib\/open\.ts$/, 'most runs send no request: undici comes with the first'],
  [
    /^lib\/acme\/account\.ts$/,
    'most runs order nothing: acme-client comes while the first answers of an authority are awaited',
  ],
  [/^lib\/dns\/resolver\.ts$/, 'most runs ask nobody: what reads DNS messages comes with the first question'],
  [
    /^lib\/observe\/persistent-records\.ts$/,
    'few names are validated by persistent records: what reads them comes with the first',
  ],
  [
    /^lib\/run\.ts$/,
    'most runs look at no certificate and are no plan: what asks about credentials, and all that an order needs, comes when it is asked for',
  ],
  [/^lib\/x509\/csr\.ts$/, 'acme-client comes where something is ordered'],
]

function floorOf(file: string): number {
  const [room, wing = ''] = file.split('/')
  if (room !== 'lib') return MEETING + 1
  return ['run.ts', 'by-hand.ts', 'open.ts'].includes(wing) ? MEETING : floorOfWing(wing)
}

/** What is loaded together with a file: neither what is imported at its first use, nor types. */
const loadedWith = (file: string) =>
  [...text(file).matchAll(/^(?:import|export)(?! type\b)[^';]*?from\s+'(?<path>\.{1,2}\/[^']+)'/gms)]
    .filter(([statement]) => !/^(?:import|export)\s*\{(?:\s*type\s[^,}]*,?)*\s*\}/.test(statement))
    .map(({ groups }) => normalize(join(dirname(file), groups?.path ?? '')))
    .filter((other) => files.includes(other)) // a test may hold the text of a file that is not there

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
  return below === above && (above === MEETING || sameWing)
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

  test('nothing is loaded late but what is large and rarely needed, and each place of it has a reason', () => {
    const late = lib.filter((file) => /(?<!typeof )\bimport\(/.test(text(file)))
    expect(late.filter((file) => !LOADED_LATE.some(([where]) => where.test(file)))).toEqual([])
    const unused = LOADED_LATE.filter(([where]) => !late.some((file) => where.test(file)))
    expect(unused.map(([, why]) => why)).toEqual([])
  })

  test('whatever comes from outside is refused at the first thing wrong with it, but the configuration, whose mistakes are all told', () => {
    const whole = /\bv\.(?:safeParse|parse|safeParser|parser)(?:Async)?\((?![^;]*abortEarly: true)/
    const readers = code.filter((file) => /^(lib|handlers|cli)\//.test(file) && whole.test(text(file)))
    expect(readers).toEqual(['lib/config/validation-errors.ts'])
  })

  test('JSON is shown by what escapes control characters, and by nothing else', () => {
    const shows = /\bJSON\.stringify\((?!safeText)/
    const own = code.filter((file) => /^(cli|handlers|lib\/report)\//.test(file) && shows.test(text(file)))
    expect(own).toEqual([])
  })

  test('no two drivers, nor homes of vendors, share six lines of code in a row', () => {
    const OWNER = /^lib\/(?:\w+\/drivers|vendors)\/[\w-]+/
    const sources = lib.flatMap((file): Source[] => {
      const owner = OWNER.exec(file)?.[0]
      return owner === undefined ? [] : [{ owner, file, text: text(file) }]
    })
    expect(sharedRuns(sources, 6)).toEqual([])
    const rows = ['one()', 'two()', '/** why */', '}', 'three()', 'four()', 'five()', 'six()']
    const both = ['first', 'second'].map((owner) => ({ owner, file: owner, text: [owner, ...rows].join('\n') }))
    expect(sharedRuns(both, 6)).toEqual(['first and second: one()'])
    expect(sharedRuns(both, 7)).toEqual([])
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

  // That of the queue is opened through the function that sends to it.
  test.each(KINDS_OF_DRIVERS.filter((kind) => kind !== 'queue'))('each driver of %s is opened by a test', (kind) => {
    const imported = files.filter((file) => file.startsWith('test/')).flatMap(importsOf)
    const isOpened = (driver: string) =>
      [`${driver}.ts`, `${driver}/driver.ts`].some((file) => imported.includes(`lib/${kind}/drivers/${file}`))
    expect(driversOf(kind).filter((driver) => !isOpened(driver))).toEqual([])
  })

  test('no driver is asked for by name above its port', () => {
    const names = KINDS_OF_DRIVERS.flatMap(driversOf)
    const asking = lib
      .filter((file) => floorOf(file) > floorOfWing('acme') && !file.startsWith('lib/config/'))
      .filter((file) => names.some((name) => text(file).includes(`'${name}'`)))
    expect(asking).toEqual([])
  })

  test('lib and handlers read no environment, print nothing and know no wall clock but the platform’s', () => {
    const wrong = lib
      .filter((file) => !file.startsWith('lib/platform/'))
      .filter((file) => /process\.env|console\.|Date\.now\(\)|new Date\(\)/.test(text(file)))
    expect(wrong).toEqual([])
  })

  test('a command opens the outside once', () => {
    const openings = (file: string) => text(file).split('hostContext(call').length - 1
    expect(files.filter((file) => file.startsWith('cli/commands/') && openings(file) > 1)).toEqual([])
  })

  test('nothing is left open', () => {
    const open = /TODO|FIXME|XXX|HACK|not implemented/
    expect(files.filter((file) => open.test(text(file)))).toEqual([])
    const alone = /\b(it|test|describe)\.(skip|only|todo)\b/
    expect(files.filter((file) => alone.test(text(file)))).toEqual([])
  })
})

/** What each kind of driver is called in the table of README.md, and the pages with a table of its drivers beside configuration.md and permissions.md. */
const IN_DOCS: Readonly<Record<string, { readonly inReadme: string; readonly pages: readonly string[] }>> = {
  balancers: { inReadme: 'load balancers', pages: [] },
  // Its page says of each what the others would.
  dns: { inReadme: 'DNS', pages: ['docs/dns.md'] },
  secrets: { inReadme: 'secrets', pages: [] },
  state: { inReadme: 'state', pages: [] },
  notify: { inReadme: 'notices', pages: ['docs/notifications.md'] },
}

/** The rows of those tables of a page that have a column of this title: what stands in it, by what stands first in the row. */
const columnIn = (page: string, title: string): { readonly first: string; readonly cell: string }[] =>
  [...page.matchAll(/^\| (?<head>.*) \|\n\|[-|]+\|\n(?<rows>(?:\|.*\|\n)*)/gm)].flatMap(({ groups }) => {
    const column = groups?.head?.split(' | ').indexOf(title) ?? -1
    if (column < 0) return []
    const rows = [...(groups?.rows ?? '').matchAll(/^\| (.*) \|$/gm)].map(([, row = '']) => row.split(' | '))
    return rows.map((cells) => ({ first: cells[0] ?? '', cell: cells[column] ?? '' }))
  })
/** `scaleway`, [`scaleway`](balancers/scaleway.md), `webhook` and `slack` in one cell */
const namesIn = (cell: string): string[] => [...cell.matchAll(/`([\w-]+)`/g)].map(([, name = '']) => name)
const sectionOf = (page: string, title: string): string =>
  page.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? ''

describe('the documentation', () => {
  test.each(Object.entries(IN_DOCS))(
    'has each driver of %s in each table of its kind, and no other',
    async (kind, { inReadme, pages }) => {
      const { registry } = await import(`../lib/${kind}/registry.ts`)
      const drivers = Object.keys(registry).sort()
      const used = (page: string) => columnIn(page, '`use`')
      const tables = {
        'README.md': columnIn(text('README.md'), 'drivers').filter(({ first }) => first === inReadme),
        ...(kind === 'dns'
          ? {}
          : {
              'docs/permissions.md': used(text('docs/permissions.md')).filter(({ first }) =>
                first.split(', ').includes(kind),
              ),
              'docs/configuration.md': used(sectionOf(text('docs/configuration.md'), kind)),
            }),
        ...Object.fromEntries(pages.map((page) => [page, used(text(page))])),
      }
      for (const [page, rows] of Object.entries(tables))
        expect([page, ...rows.flatMap(({ cell }) => namesIn(cell)).sort()]).toEqual([page, ...drivers])
    },
  )

  test('has a page for each balancer', async () => {
    const { registry } = await import('../lib/balancers/registry.ts')
    const pages = Object.keys(registry).map((name) => `${name}.md`)
    expect(readdirSync('docs/balancers').sort()).toEqual(pages.sort())
  })
})

const SCREEN = 60
const MOST_PARAMETERS = 5
const DEEPEST = 4

describe('a function', () => {
  const functions = ['lib', 'handlers', 'cli', 'build', 'sandbox'].flatMap((room) =>
    files
      .filter((file) => file.startsWith(`${room}/`))
      .flatMap((file) => functionsIn(text(file)).map((each) => ({ ...each, where: `${file} ${each.name}` }))),
  )
  const those = (wrong: (each: FunctionInFile) => boolean) => functions.filter(wrong).map(({ where }) => where)

  test('has one screen at most', () => {
    expect(those(({ lines }) => lines > SCREEN)).toEqual([])
  })

  test('has five parameters at most', () => {
    expect(those(({ parameters }) => parameters > MOST_PARAMETERS)).toEqual([])
  })

  test('has blocks in blocks four deep at most', () => {
    expect(those(({ depth }) => depth > DEEPEST)).toEqual([])
  })

  test('is counted from its first line to its last, and called as it is where it stands', () => {
    const source = 'const one = async () => {\n  two()\n}\nconst of = { three() {\n\n} }\nfour(() =>\n  5)'
    expect(functionsIn(source)).toEqual([
      { name: 'one', line: 1, lines: 3, parameters: 0, depth: 1 },
      { name: 'three', line: 4, lines: 3, parameters: 0, depth: 1 },
      { name: 'an unnamed function', line: 7, lines: 2, parameters: 0, depth: 0 },
    ])
    const deep = 'function one(a, { b }, ...c) {\n  if (a) {\n    for (const d of c) { b(() => { d() }) }\n  }\n}'
    expect(functionsIn(deep)).toMatchObject([
      { parameters: 3, depth: 4 },
      { parameters: 0, depth: 1 },
    ])
  })
})
