import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

/** A program that nobody here wrote. */
export interface Peer {
  readonly program: string
  /** Arguments with which a version that is new enough ends well. */
  readonly proof: readonly string[]
  /** What to type to get it. */
  readonly install: string
}

const PEBBLE = 'github.com/letsencrypt/pebble/v2/cmd'

export const peers = {
  pebble: {
    program: 'pebble',
    proof: ['-version'], // new in 2.10
    install: `go install ${PEBBLE}/pebble@v2.10.3`,
  },
  challtestsrv: {
    program: 'pebble-challtestsrv',
    proof: ['-help'],
    install: `go install ${PEBBLE}/pebble-challtestsrv@v2.10.3`,
  },
  versitygw: {
    program: 'versitygw',
    proof: ['--version'],
    install: 'go install github.com/versity/versitygw/cmd/versitygw@v1.8.0',
  },
  minio: {
    program: 'minio',
    proof: ['--version'],
    install: 'go install github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c',
  },
  moto: { program: 'moto_server', proof: ['--help'], install: "pip install 'moto[server]>=5'" },
  cfnLint: { program: 'cfn-lint', proof: ['--version'], install: 'pip install cfn-lint' },
  haproxy: { program: 'haproxy', proof: ['-v'], install: 'apt-get install haproxy' },
  lego: { program: 'lego', proof: ['--version'], install: 'apt-get install lego' },
  named: { program: 'named', proof: ['-V'], install: 'apt-get install bind9' },
  nsupdate: { program: 'nsupdate', proof: ['-V'], install: 'apt-get install bind9-dnsutils' },
  dig: { program: 'dig', proof: ['-v'], install: 'apt-get install bind9-dnsutils' },
  powerdns: {
    program: 'pdns_server',
    proof: ['--help'],
    install: 'apt-get install pdns-server pdns-backend-sqlite3',
  },
  openssl: { program: 'openssl', proof: ['version'], install: 'apt-get install openssl' },
} as const satisfies Record<string, Peer>

/** The path of the program: on PATH, in GOBIN, or where Go puts what it installs; undefined if it is missing or too old. */
export const findPeer = ({ program, proof }: Peer): string | undefined =>
  folders()
    .map((folder) => join(folder, program))
    .find((path) => isExecutable(path) && endsWell(path, proof))

function folders(): string[] {
  const { PATH = '', GOBIN = '' } = process.env
  // Debian keeps servers where only root looks for programs.
  return [...PATH.split(delimiter), '/usr/sbin', GOBIN, ...goFolders()].filter((folder) => folder !== '')
}

function goFolders(): string[] {
  try {
    const [bin = '', path = ''] = execFileSync('go', ['env', 'GOBIN', 'GOPATH'], { encoding: 'utf8' }).split('\n')
    return [bin, ...path.split(delimiter).map((folder) => join(folder, 'bin'))]
  } catch {
    return [join(homedir(), 'go', 'bin')] // Go is gone, what it installed may still be there
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false // the next folder may have it
  }
}

function endsWell(path: string, args: readonly string[]): boolean {
  try {
    execFileSync(path, args, { stdio: 'ignore', timeout: 10_000 })
    return true
  } catch {
    return false // another version, or something else of that name
  }
}
