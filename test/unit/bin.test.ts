import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const started = (version: string) =>
  spawnSync(process.execPath, [
    '--eval',
    `Object.defineProperty(process, 'versions', { value: { node: '${version}' } }); require('./cli/newleaf.cjs')`,
  ])

test.each(['14.21.3', '18.20.8', '20.20.2', '22.23.3'])(
  'newleaf says on Node %s which Node it needs, and exits 2',
  (version) => {
    const { status, stderr, stdout } = started(version)
    expect([status, `${stderr}`, `${stdout}`]).toEqual([2, `newleaf needs Node 24 or later; this is ${version}\n`, ''])
  },
)

test('the bin asks for the Node that the package names, and is in the package with all of the documentation', () => {
  const { bin, engines, files } = JSON.parse(readFileSync('package.json', 'utf8'))
  const [, needed] = /needed = (\d+)/.exec(readFileSync(bin.newleaf, 'utf8')) ?? []
  expect(engines.node).toBe(`>=${needed}`)
  expect(files).toEqual(expect.arrayContaining([bin.newleaf, 'docs/**/*.md']))
  expect(readFileSync('LICENSE', 'utf8')).toMatch(/^MIT License/)
})
