import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { type Config, loadConfig } from '../../lib/config/load.ts'
import { loadOutline } from '../../lib/config/outline.ts'
import { changed, sound } from '../support/config-text.ts'
import { failure } from '../support/failure.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'newleaf-include-'))
  onTestFinished(() => rm(folder, { recursive: true }))
})

const write = async (path: string, text: string) => {
  await mkdir(dirname(join(folder, path)), { recursive: true })
  await writeFile(join(folder, path), text)
}
const certificates = (...ids: string[]) =>
  `certificates:\n${ids.map((id) => `  ${id}:\n    names: [${id}.example.com]\n    deploy: [{ balancer: fr, loadBalancer: edge, frontend: ${id} }]\n`).join('')}`
const including = (include: unknown, own?: object) =>
  write('newleaf.yaml', changed({ include, certificates: own, 'balancers.us': undefined }))
const load = (): Promise<Config> => loadConfig(join(folder, 'newleaf.yaml'))
const idsOf = async () => (await load()).certificates.map(({ id }) => id)
const refused = async () => (await failure(load()))?.message.replaceAll(`${folder}/`, '')

describe('files that are included', () => {
  beforeEach(async () => {
    await write('certificates/b.yaml', certificates('blog', 'api'))
    await write(
      'certificates/a.json',
      JSON.stringify({
        certificates: {
          app: { names: ['app.example.com'], deploy: [{ balancer: 'fr', loadBalancer: 'edge', frontend: 'app' }] },
        },
      }),
    )
    await write('certificates/.hidden.yaml', 'broken: [')
    await write('certificates/more/c.yaml', certificates('cart'))
  })

  test.each([
    ['a file by its path', 'certificates/b.yaml', ['blog', 'api']],
    [
      'those that a pattern is for, in order, without hidden ones and without folders',
      './certificates/*',
      ['app', 'blog', 'api'],
    ],
    [
      'a list of both, each file once',
      ['certificates/b.yaml', 'certificates/*.yaml', '*/more/*.yaml'],
      ['blog', 'api', 'cart'],
    ],
    ['files in any folder that a pattern is for', ['*/m*e/c*'], ['cart']],
  ])('may be %s', async (_what, include, ids) => {
    await including(include)
    expect(await idsOf()).toEqual(ids)
  })

  test('stand behind the certificates of the configuration itself, which a pattern is never for', async () => {
    await write('shops.yaml', certificates('cart'))
    await write('newleaf.yaml', `include: '*.yaml'\n${sound}`)
    expect(await idsOf()).toEqual(['shop', 'cart'])
  })

  test('are as good as certificates of the configuration: a configHash does not tell where one stands', async () => {
    await including('certificates/*.json')
    const [app] = (await load()).certificates
    await write(
      'newleaf.yaml',
      changed({
        'balancers.us': undefined,
        certificates: {
          app: { names: ['app.example.com'], deploy: [{ balancer: 'fr', loadBalancer: 'edge', frontend: 'app' }] },
        },
      }),
    )
    expect((await load()).certificates).toEqual([app])
  })

  test('may be symbolic links within the folder, as a mounted ConfigMap has them', async () => {
    await mkdir(join(folder, '..data'), { recursive: true })
    await write('..data/shops.yaml', certificates('cart'))
    await symlink('..data/shops.yaml', join(folder, 'shops.yaml'))
    await including('shops.*')
    expect(await idsOf()).toEqual(['cart'])
  })
})

describe('what cannot be included', () => {
  const outside = 'expected a path below the folder of the configuration, without ..'
  test.each([
    ['a way out of the folder', '../certificates/*.yaml', `include: ${outside}`],
    ['a way out and in again', 'certificates/../../x/*.yaml', `include: ${outside}`],
    ['an absolute path', '/etc/certificates.yaml', `include: ${outside}`],
    ['two stars', '**/*.yaml', 'include: a * stands for a part of one name; write one for each folder'],
    ['nothing', '', 'include: must not be empty'],
    ['a number', 5, 'include: expected text or a list'],
    [
      'a pattern that no file has',
      'certificates/*.yaml',
      'include: no file in the folder of the configuration is called so',
    ],
    [
      'a file that is not there, in a list',
      ['shops.yaml'],
      'include[0]: no file in the folder of the configuration is called so',
    ],
    ['hidden files', '*.yml', 'include: no file in the folder of the configuration is called so'],
  ])('%s', async (_what, include, message) => {
    await write('.hidden.yml', certificates('cart'))
    await including(include)
    expect(await refused()).toContain(message)
  })

  test('a symbolic link out of the folder, be it that of a file or of a folder', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'newleaf-elsewhere-'))
    onTestFinished(() => rm(elsewhere, { recursive: true }))
    await writeFile(join(elsewhere, 'x.yaml'), certificates('cart'))
    await symlink(join(elsewhere, 'x.yaml'), join(folder, 'file.yaml'))
    await symlink(elsewhere, join(folder, 'shops'))
    await including(['file.yaml', 'shops/*.yaml'])
    expect(await refused()).toMatch(
      /include\[0\]: file.yaml leads out of the folder .*\n.*include\[1\]: shops\/x.yaml leads out of the folder/,
    )
  })

  test('a link that leads nowhere is not passed over', async () => {
    await symlink('nowhere', join(folder, 'shop.yaml'))
    await including('sh*.yaml')
    expect(await refused()).toMatch(/^shop.yaml: there is no such file/)
  })

  test('a link in a circle', async () => {
    await symlink('b.yaml', join(folder, 'a.yaml'))
    await symlink('a.yaml', join(folder, 'b.yaml'))
    await including('a.yaml')
    expect(await refused()).toContain('include: a folder or a link on its way cannot be read (ELOOP)')
  })

  test('anything but certificates; all files are told of at once, each with line and column', async () => {
    await write('a.yaml', `balancers: {}\n${certificates('cart')}`)
    await write('b.yaml', 'certificates: [\n')
    await write('c.yaml', '# nothing\n')
    await write('d.yaml', 'certificates: {}\n')
    await including('*.yaml')
    const only = 'a file that is included holds `certificates`, a map of them by id, and nothing else'
    expect((await refused())?.split('\n')).toEqual([
      'newleaf.yaml has 4 mistakes:',
      `  a.yaml:1:1 balancers: ${only}`,
      expect.stringMatching(/^ {2}b.yaml:2:1 /),
      `  c.yaml:1:1 ${only}`,
      `  d.yaml:1:1 ${only}`,
    ])
  })

  test('an id that stands in two files, with both places', async () => {
    await write('certificates/a.yaml', certificates('blog', 'cart'))
    await write('certificates/b.yaml', certificates('cart', 'shop'))
    await including('certificates/*.yaml', {
      shop: { names: ['shop.example.com'], deploy: [{ balancer: 'fr', loadBalancer: 'edge', frontend: 'shop' }] },
    })
    expect((await refused())?.split('\n').slice(1)).toEqual([
      '  certificates/b.yaml:2:3 certificates.cart: stands in certificates/a.yaml:5:3 as well',
      expect.stringMatching(/^ {2}certificates\/b.yaml:5:3 certificates.shop: stands in newleaf.yaml:1:\d+ as well$/),
    ])
  })
})

test('a mistake in a certificate names the file that it stands in', async () => {
  await write(
    'certificates/shop.yaml',
    'certificates:\n  cart:\n    nmes: [cart.example.com]\n    deploy: [{ balancer: fr, loadBalancer: edge, frontend: x }]\n',
  )
  await including('certificates/*.yaml')
  expect(await refused()).toBe(
    'certificates/shop.yaml:3:5: certificates.cart.nmes: unknown field; did you mean "names"?',
  )
})

test('certificates in two files are compared with each other, and a secret is refused wherever it stands', async () => {
  await write('certificates/a.yaml', certificates('cart'))
  await write(
    'certificates/b.yaml',
    certificates('cart')
      .replace('  cart:', '  other:')
      .replace('frontend: cart', 'frontend: -----BEGIN PRIVATE KEY-----'),
  )
  await including('certificates/*.yaml')
  expect((await refused())?.split('\n').slice(1)).toEqual([
    expect.stringContaining('  certificates/b.yaml:3:5 certificates.other.names: the same names as certificates.cart'),
    expect.stringMatching(/certificates\/b.yaml:4:\d+ certificates.other.deploy\[0\].frontend: looks like a secret/),
  ])
})

test('more than 4 MiB altogether are refused', async () => {
  for (const name of ['a', 'b', 'c', 'd', 'e'])
    await write(`${name}.yaml`, `${certificates(name)}#${'x'.repeat(900 * 1_024)}`)
  await including('*.yaml')
  expect(await refused()).toBe('newleaf.yaml: a configuration may have 4 MiB at most, with all that it includes')
})

test.each([
  ['loadConfig', loadConfig],
  ['loadOutline', loadOutline],
])('%s parses again once an included file has changed, has come or has gone, and else not', async (_name, load) => {
  const file = join(folder, 'newleaf.yaml')
  const ids = async () => (await load(file)).certificates.map(({ id }) => id)
  await including('certificates/*.yaml')
  await write('certificates/a.yaml', certificates('cart'))
  const first = await load(file)
  expect(await load(file)).toBe(first)
  await write('certificates/a.yaml', certificates('blog'))
  expect(await ids()).toEqual(['blog'])
  await write('certificates/b.yaml', certificates('cart'))
  expect(await ids()).toEqual(['blog', 'cart'])
  await rm(join(folder, 'certificates/a.yaml'))
  expect(await ids()).toEqual(['cart'])
  await rm(join(folder, 'certificates/b.yaml'))
  await expect(load(file)).rejects.toThrow('no file in the folder')
})
