import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { Template } from './cloudformation.ts'

const run = promisify(execFile)
const FUNCTIONS = ['scheduled', 'renew', 'worker', 'status'] as const
export type FunctionName = (typeof FUNCTIONS)[number]

/** The rest of a configuration whose stores a test chooses. */
export const SITE = `
acme: { authorities: { staging: { directory: letsencrypt-staging, email: ops@shop.example, agreeToTerms: true } } }
dns: { main: { use: linode, zones: [shop.example], options: { token: 'env:DNS_TOKEN' } } }
balancers: { us: { use: linode, options: { token: 'env:LB_TOKEN' } } }
certificates: { shop: { names: [shop.example], deploy: [{ balancer: us, nodeBalancer: apps, port: 443 }] } }
`
export const AT_AWS = `
environment: shops
secrets: { use: aws-secrets-manager, options: { prefix: teams/shops } }
state: { use: s3, options: { bucket: state-of-the-shops, prefix: tls/state } }
`

export interface PackagedService {
  /** Where `serverless package` ran; newleaf.yaml stands there. */
  readonly folder: string
  readonly templateFile: string
  readonly template: Template
  zip(name: FunctionName): Promise<Buffer>
  /** Calls a function as the platform would: its bundle, in a process of its own. Resolves to what it answered. */
  call(name: FunctionName, event: unknown, env: Readonly<Record<string, string>>): Promise<unknown>
  remove(): Promise<void>
}

/** What `npx serverless package` makes of this checkout and of these files beside it, without an account or a network. */
export async function packageService(files: Readonly<Record<string, string>>): Promise<PackagedService> {
  const folder = await mkdtemp(join(tmpdir(), 'newleaf-service-'))
  for (const linked of ['build', 'handlers', 'lib', 'node_modules'])
    await symlink(resolve(linked), join(folder, linked))
  for (const copied of ['serverless.yml', 'package.json']) {
    await cp(copied, join(folder, copied), { recursive: true })
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  const { PATH = '', HOME = '' } = process.env
  await run(process.execPath, [resolve('node_modules/.bin/serverless'), 'package', '--package', 'out'], {
    cwd: folder,
    env: { PATH, HOME, SLS_TELEMETRY_DISABLED: '1' },
  })
  const templateFile = join(folder, 'out/cloudformation-template-update-stack.json')
  return {
    folder,
    templateFile,
    template: JSON.parse(await readFile(templateFile, 'utf8')),
    zip: (name) => readFile(join(folder, `out/${name}.zip`)),
    async call(name, event, env) {
      const bundle = join(folder, `.build/${name}/${name}.mjs`)
      const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', CALL], {
        cwd: tmpdir(),
        env: { PATH, LAMBDA_TASK_ROOT: folder, ...env, BUNDLE: bundle, EVENT: JSON.stringify(event) },
        maxBuffer: 64 * 1_024 * 1_024,
      })
      return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** The answer is the last line; what the function logs stands above it. */
const CALL = `
  const { handler } = await import(process.env.BUNDLE)
  const until = Date.now() + 900_000
  const answer = await handler(JSON.parse(process.env.EVENT), { getRemainingTimeInMillis: () => until - Date.now() })
  process.stdout.write('\\n' + JSON.stringify(answer) + '\\n')`

/** The names of the files in a zip (PKWARE APPNOTE 4.3.12: the central directory). */
export function namesInZip(zip: Buffer): string[] {
  const names: string[] = []
  for (let at = zip.indexOf('PK\x01\x02', 0, 'latin1'); at >= 0 && zip.readUInt32LE(at) === 0x02014b50; ) {
    const [name, extra, comment] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ]
    names.push(zip.toString('utf8', at + 46, at + 46 + name))
    at += 46 + name + extra + comment
  }
  return names.sort()
}
