import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { broken } from './break.ts'
import { chaos, commandOf, judge, kill, nameOf, tests } from './checks.ts'
import { checksOf } from './sabotage.ts'
import { SABOTAGES } from './table.ts'

describe('the table of breaks', () => {
  test.each(SABOTAGES)('$name: what is to be replaced stands in $file once', (sabotage) => {
    const text = readFileSync(sabotage.file, 'utf8')
    expect(broken(sabotage, text)).not.toBe(text)
  })

  test('each has a name of its own, and somebody who must notice', () => {
    const names = SABOTAGES.map(({ name }) => name)
    expect(names).toEqual([...new Set(names)])
    expect(SABOTAGES.filter((each) => checksOf(each).length === 0)).toEqual([])
  })

  test('a text that is not there, or there twice, is refused', () => {
    const [row] = SABOTAGES
    if (row === undefined) throw new Error('the table is empty')
    expect(() => broken({ ...row, find: 'a' }, 'b')).toThrow('stands 0 times')
    expect(() => broken({ ...row, find: 'a' }, 'a a')).toThrow('stands 2 times')
    expect(broken({ ...row, find: 'a', replace: '$&$1' }, 'xay')).toBe('x$&$1y')
  })

  test('the checks are scripts that there are', () => {
    for (const each of SABOTAGES) {
      for (const check of checksOf(each)) expect(existsSync(commandOf(check)[0] ?? ''), nameOf(check)).toBe(true)
    }
  })
})

describe('a check has noticed something', () => {
  const part = kill('kills memory+memory renewal')

  test('when it fails with a count and says what', () => {
    const output =
      "  npm run kill -- --only 'renewal memory+memory 4 lost'\n    I4 fr serves nothing (after x)\n178 passed, 2 failed\n"
    expect(judge(part, { code: 1, output })).toEqual({
      verdict: 'noticed',
      why: 'I4 fr serves nothing (after x) (2 failed)',
    })
    expect(judge(chaos(1), { code: 1, output: '✓ leaks 0\n✗ left behind 3\n5 passed, 1 failed\n' }).verdict).toBe(
      'noticed',
    )
    const failed = '\u001b[31m FAIL \u001b[39m |newleaf| test/unit/a.test.ts > it holds\n3 passed, 1 failed\n'
    expect(judge(tests('test/unit/a'), { code: 1, output: failed })).toMatchObject({ verdict: 'noticed' })
    const leak = 'a secret was printed: a token, in line 3 of the output\n3 passed, 1 failed\n'
    expect(judge(tests('test/unit/a'), { code: 1, output: leak })).toMatchObject({ verdict: 'noticed' })
  })

  test('not when all is green', () => {
    expect(judge(part, { code: 0, output: '180 passed, 0 failed\n' })).toEqual({ verdict: 'green', why: '180 passed' })
  })

  test.each([
    { what: 'it broke', ended: { code: 1, output: 'SyntaxError: Unexpected token\n' } },
    { what: 'it came to no end', ended: { code: undefined, output: '3 passed, 2 failed\n' } },
    { what: 'nothing was tried', ended: { code: 0, output: '0 passed, 0 failed\n' } },
    { what: 'it failed without a failed count', ended: { code: 1, output: '3 passed, 0 failed\n' } },
    { what: 'nothing is named', ended: { code: 1, output: '3 passed, 1 failed\n' } },
  ])('not when $what', ({ ended }) => {
    expect(judge(part, ended).verdict).toBe('unclear')
  })

  test('not when a file of tests could not be loaded', () => {
    const output = '⎯⎯ Failed Suites 1 ⎯⎯\n FAIL  |newleaf| test/unit/a.test.ts > one\n0 passed, 1 failed\n'
    expect(judge(tests('test/unit/a'), { code: 1, output }).verdict).toBe('unclear')
  })
})
