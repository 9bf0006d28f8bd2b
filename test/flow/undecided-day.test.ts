/** What a day costs on which an authority does not decide. */
import { expect, test } from 'vitest'
import { withJson } from '../support/rewriting-proxy.ts'
import { wireWorld } from '../support/wire-world.ts'

const MINUTE = 60_000
const DAY = 1_440 * MINUTE
const byName = { only: ['shop'] }

/** Looked at as a schedule would that runs every five minutes. */
async function looksOfADay({ run, clock }: Awaited<ReturnType<typeof wireWorld>>) {
  const until = clock.now().getTime() + DAY
  let next: Date | undefined
  for (; clock.now().getTime() < until; clock.pass(5 * MINUTE)) {
    if (next === undefined || next <= clock.now()) next = (await run()).next
  }
}

test.each([
  { runTime: 4 * MINUTE, names: ['shop.test'] },
  { runTime: 15 * MINUTE, names: Array.from({ length: 12 }, (_, at) => `n${at}.shop.test`) },
])(
  'a day of looking at names ($runTime ms a run) costs some hundreds of requests and one notice',
  async (given) => {
    const world = await wireWorld({
      ...given,
      rewrite: ({ path }, answer) =>
        path.startsWith('/authorization/')
          ? withJson(answer, ({ challenges: [challenge], ...body }) => {
              const shown = challenge.status === 'pending' ? challenge : { ...challenge, status: 'processing' }
              return { ...body, status: 'pending', challenges: [shown] }
            })
          : path.startsWith('/order/')
            ? withJson(answer, (body) => ({ ...body, status: 'pending' }))
            : answer,
    })
    await looksOfADay(world)
    expect(world.notifier.heard()).toEqual(['problem ACME_UNDECIDED'])
    expect(world.exchanges.length).toBeLessThan(700)
    expect(world.exchanges.filter((each) => each.startsWith('POST /new-order'))).toHaveLength(1)
  },
  60_000,
)

test('a day of issuing costs some hundreds of requests and one notice, and the certificate is fetched once it is there', async () => {
  let isAtWork = true
  const world = await wireWorld({
    names: ['www.shop.test'],
    rewrite: ({ path }, answer) =>
      path.startsWith('/order/') && isAtWork
        ? withJson(answer, ({ certificate: _certificate, ...body }) =>
            body.status === 'valid' ? { ...body, status: 'processing' } : body,
          )
        : answer,
  })
  await looksOfADay(world)
  expect(world.notifier.heard()).toEqual(['problem ACME_UNDECIDED'])
  expect(world.exchanges.length).toBeLessThan(300)
  isAtWork = false
  expect(await world.run(byName)).toMatchObject({ result: 'renewed' })
  expect(world.ca.ledger.certificates).toHaveLength(1)
})
