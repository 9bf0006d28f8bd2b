/** A program that keeps TXT records in a file, as lines of a name and a value. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { driver } from '../../../lib/dns/drivers/exec.ts'
import { type DnsPeer, TOKEN, token, type Vendor, ZONE } from '../dns-vendors.ts'
import { answering, contextOver } from '../driver-context.ts'

/** What it is asked for a second time it has done already. */
const PROGRAM = `#!/bin/sh
echo "$#" >> calls
line="$2 $3"
case "$1" in
  present) grep -qxF -e "$line" rows || printf '%s\\n' "$line" >> rows ;;
  cleanup) grep -vxF -e "$line" rows > left; mv left rows ;;
  *) echo "what is $1?" >&2; exit 2 ;;
esac
`

export interface Program extends Vendor {
  readonly folder: string
  openWith(options: {
    readonly arguments?: string[]
    readonly program?: string
    readonly timeLeft?: number
  }): ReturnType<Vendor['open']>
}

export async function create(program = PROGRAM): Promise<Program> {
  const folder = await mkdtemp(join(tmpdir(), 'newleaf-exec-'))
  await writeFile(join(folder, 'dns'), program, { mode: 0o755 })
  const rows = join(folder, 'rows')
  const calls = join(folder, 'calls')
  writeFileSync(rows, '')
  const lines = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [])
  const openWith: Program['openWith'] = ({ timeLeft = 60_000, ...options }) => {
    const { context } = contextOver(
      answering(() => ({ status: 404 })),
      TOKEN,
    )
    return driver.open(
      { program: 'dns', environment: { API_TOKEN: token }, ...options },
      { ...context, folder, timeLeft: () => timeLeft },
    )
  }
  return {
    folder,
    openWith,
    open: () => openWith({}),
    rows: () =>
      lines(rows).map((line) => {
        const [fqdn = '', value = ''] = line.split(/ (.*)/)
        return { name: fqdn === `${ZONE}.` ? '' : fqdn.slice(0, -`.${ZONE}.`.length), type: 'TXT', value }
      }),
    put(...more) {
      const texts = more.filter(({ type }) => type === 'TXT')
      const added = texts.map(({ name, value }) => `${name === '' ? '' : `${name}.`}${ZONE}. ${value}\n`).join('')
      writeFileSync(rows, added, { flag: 'a' })
    },
    changes: () => lines(calls).length,
    trouble: () => {},
    close: () => rm(folder, { recursive: true, force: true }),
  }
}

const BEHIND = 'it is given a name and a value alone; what is there is known behind the program'
const FAILED = 'an exit status says no more than that it failed: dns-exec.test.ts holds what is told then'

export const peer: DnsPeer = {
  evidence: { documentation: 'lego' },
  create: () => create(),
  cannot: {
    'a zone that is not there is DNS_NO_ZONE, by adding and by removing': BEHIND,
    'a zone is checked with reads alone': BEHIND,
    'adding what is there already changes nothing': BEHIND,
    'removing what is gone changes nothing': BEHIND,
    'a check that is denied is an error': BEHIND,
    'F-21: being denied is an error, and never an empty list': FAILED,
    'a request that comes too soon is RATE_LIMITED until the vendor’s own time': FAILED,
    'F-20: adding again after a lost answer leaves the value there once': FAILED,
    'F-20: removing again after a lost answer removes it alone': FAILED,
    'no error holds the token': FAILED,
  },
}
