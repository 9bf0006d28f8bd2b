import { describe, expect, test } from 'vitest'
import type { Command } from '../../cli/call.ts'
import { commands } from '../../cli/main.ts'
import { newleaf } from '../support/terminal.ts'

const all: readonly (readonly [string, Command])[] = Object.entries(commands)
const wide = (text: string) => text.split('\n').filter((line) => line.length > 80)

describe('help', () => {
  test.each([[['--help']], [['-h']], [['help']]])('%j names every command, within 80 columns', async (args) => {
    const { code, stdout } = await newleaf(args)
    expect([code, wide(stdout)]).toEqual([0, []])
    for (const [name] of all) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'))
  })

  test.each(all)(
    'on %s has each of its options and an example of its own, within 80 columns',
    async (name, command) => {
      const { code, stdout } = await newleaf([name, '--help'])
      expect([code, wide(stdout)]).toEqual([0, []])
      for (const option of command.takes) expect(stdout).toMatch(new RegExp(`^  --${option} `, 'm'))
      expect(stdout).toContain(`Example\n  newleaf ${name} `)
      expect(command.summary.length).toBeLessThanOrEqual(62)
    },
  )

  test('of a command is asked for in three ways', async () => {
    const [long, short, before] = [
      ['secret', '--help'],
      ['secret', 'set', '-h'],
      ['help', 'secret'],
    ]
    const printed = await Promise.all([long, short, before].map((args) => newleaf(args as string[])))
    expect(new Set(printed.map(({ stdout }) => stdout)).size).toBe(1)
    expect(printed[0]?.stdout).toContain('Usage: newleaf secret set NAME')
  })

  test('the version is told wherever it is asked for', async () => {
    for (const args of [['--version'], ['-v'], ['plan', '--version'], ['renew', '-v']]) {
      expect(await newleaf(args)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
    }
  })
})
