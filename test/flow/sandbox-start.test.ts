import { afterAll, describe, expect, test } from 'vitest'
import { leaksIn } from '../support/leaks.ts'
import { practiceFolder } from '../support/practice-world.ts'
import { ended } from '../support/processes.ts'

const folder = practiceFolder()
afterAll(folder.remove)

const start = () => ended(process.execPath, ['sandbox/start.ts', '--folder', folder.path])

describe('npm start', () => {
  test('renews both balancers while every handshake succeeds, and the next time orders nothing', async () => {
    const first = await start()
    expect(first.text).toMatch(/Handshakes meanwhile +\d+ in .*, none failed/)
    expect(first.text).toMatch(/Certificates issued +2\n/)
    expect(first.text).toContain('All is well. Run it again')
    expect(first.code).toBe(0)

    const second = await start()
    expect(second.text).toMatch(/Certificates issued +0\n/)
    expect(second.text).toContain('Nothing was due, and nothing was ordered.')
    expect(second.code).toBe(0)
    expect(leaksIn(first.text + second.text)).toEqual([])
  }, 120_000)
})
