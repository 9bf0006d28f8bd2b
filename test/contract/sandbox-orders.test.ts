import { once } from 'node:events'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { openClock } from '../../sandbox/clock.ts'
import { CONTROL_FILE, openControl, order } from '../../sandbox/control.ts'
import { lookUpAt } from '../../sandbox/dns/look-up.ts'
import { handshake } from '../../sandbox/handshake.ts'
import { type Board, createBoard } from '../../sandbox/orders/board.ts'
import { explanation } from '../../sandbox/orders/explain.ts'
import { FLAGS, Misuse } from '../../sandbox/orders/flags.ts'
import { KINDS } from '../../sandbox/orders/kinds.ts'
import { parseOrder } from '../../sandbox/orders/parse.ts'
import { practiceFolder, practiceWorld, rawClient } from '../support/practice-world.ts'

const parsed = (line: string) => parseOrder(line.split(' ').filter(Boolean))

describe('an order that is misspelled is answered with what is possible', () => {
  test.each([
    ['falt edge alert', /"falt" cannot be ordered; possible are fault, faults, mend, clock/],
    ['fault moon alert', /"moon" is no place; possible are edge, apps, dns, scaleway, linode, httpreq, storage, ca$/],
    ['fault edge', /what shall go wrong at edge\? alert, reset, closes/],
    ['fault edge toString', /"toString" cannot go wrong at edge\? alert, reset/],
    [
      'fault dns servfail --every 3',
      /"--every" is not possible with dns servfail; possible are --name NAME, --times N/,
    ],
    [
      'fault edge refuses --name a.test',
      /"--name" is not possible with edge refuses; possible are --address N, --after/,
    ],
    ['fault edge half --after 5s', /"--after" is not possible with edge half/],
    ['fault edge alert 112', /"112" is not possible with edge alert; possible are --alert N/],
    ['fault edge alert --alert 256', /"256" is no value for --alert/],
    ['fault edge alert --every --always', /"--always" is no value for --every/],
    ['fault edge alert --every', /--every needs a value/],
    ['fault edge alert --every 1', /"1" is no value for --every/],
    ['fault edge alert --after 5', /"5" is no value for --after: --after TIME, .*200ms, 5s, 10m/],
    ['fault edge alert --always=yes', /--always takes no value/],
    ['fault edge alert --', /"--" is not possible/],
    ['fault scaleway status --status 200', /"200" is no value for --status: --status N, of the answer, 400 to 599/],
    ['fault scaleway status --path (', /"\(" is no value for --path/],
    ['fault ca rateLimited --on newWish', /"newWish" is no value for --on: .*newOrder/],
    ['mend the first', /"mend" takes the number of a fault/],
    ['faults now', /"faults" takes nothing more, and not "now"/],
    ['clock 30d', /"clock" takes \+30d/],
    ['clock -30d', /"clock" takes \+30d/],
    ['clock +30y', /"clock" takes \+30d/],
  ])('%s', (line, message) => {
    expect(() => parsed(line)).toThrow(Misuse)
    expect(() => parsed(line)).toThrow(message)
  })

  test('and what can be ordered stands in one table, with all that can stand behind it', () => {
    expect(
      explanation()
        .split('\n')
        .filter((line) => line.length > 80),
    ).toEqual([])
    const text = explanation().replaceAll(/\n {10,}(?=\S)/g, ' ')
    const rows = text.split('\n').map((line) => line.trim().split(/ {2,}/))
    for (const { wheres, whats } of KINDS) {
      expect(text).toContain(`${wheres.join(', ')}: `)
      for (const [how, { about }] of Object.entries(whats))
        expect(rows).toContainEqual([how, expect.stringContaining(about)])
    }
    for (const [name, { about }] of Object.entries(FLAGS)) {
      expect(rows).toContainEqual([expect.stringMatching(`^--${name}( |$)`), about])
    }
  })
})

test.each(['docs/practise.md', 'README.md', 'sandbox/running.ts'])('every order in %s can be given', (file) => {
  const text = readFileSync(file, 'utf8')
  const typed = [...text.matchAll(/npm run sandbox -- ((?:fault|mend|clock)[^`$#\n]*)|`(fault [^`]+)`/g)]
  const orders = typed.map(([, whole, short]) => (whole ?? short ?? '').trim()).filter((each) => !/[<[]/.test(each))
  expect(orders.length).toBeGreaterThan(1)
  for (const each of orders) expect(parsed(each)).toHaveProperty('do')
})

describe('orders to a running world', () => {
  let practice: Awaited<ReturnType<typeof practiceWorld>>
  let board: Board
  beforeAll(async () => {
    practice = await practiceWorld({ addresses: ['127.0.0.1', '127.0.0.2'] })
    board = createBoard(practice.world, openClock(join(practice.folder, 'clock')))
  })
  afterAll(() => practice.close())
  afterEach(() => void board.carryOut({ do: 'mend', number: undefined }))
  const say = (line: string) => board.carryOut(parsed(line))

  /** What a client of the edge sees. */
  const greeted = (name = 'shop.example', address = '127.0.0.1') => {
    const { port } = practice.world.sites.edge.listener()
    return handshake({ address, port }, name, 200).then(
      () => 'handshake',
      ({ code, message }) => code ?? message,
    )
  }

  test.each(
    KINDS.flatMap(({ wheres, whats }) => wheres.flatMap((where) => Object.keys(whats).map((how) => `${where} ${how}`))),
  )('%s can be ordered, is listed, and ends', (words) => {
    const line = words === 'ca problem' ? `${words} --type caa` : words
    const said = say(`fault ${line}`)
    const number = / (\d+) /.exec(said)?.[1]
    expect(said).toContain(`${number}  ${line}  until mended`)
    expect(say('faults')).toBe(`  ${number}  ${line}  until mended\n`)
    expect(say(`mend ${number}`)).toBe(`ended\n  ${number}  ${line}\n`)
    expect(say('faults')).toBe('no faults stand\n')
    expect(say('mend')).toBe('nothing to mend\n')
    expect(() => say(`mend ${number}`)).toThrow(`no fault has the number ${number}`)
  })

  test('a listener breaks as it was ordered to, and one lie takes the place of another', async () => {
    expect(say('fault edge alert')).toMatch(/once the listener is told to serve other certificates/)
    expect(await greeted()).toBe('handshake')
    const said = say('fault edge alert --alert 112 --name *.shop.example --every 2 --always')
    expect(said).toMatch(
      /^ +\d+ +edge alert .*'\*\.shop\.example' --every 2 --always +until mended\nin place of\n.*edge alert\n$/,
    )
    const probes = [await greeted(), await greeted('www.shop.example')]
    probes.push(await greeted(), await greeted('www.shop.example'), await greeted())
    const alert = expect.stringMatching(/UNRECOGNIZED_NAME/)
    expect(probes).toEqual(['handshake', 'handshake', 'handshake', alert, 'handshake'])
    for (const line of ['refuses --address 1 --always', 'reset --after 1h --always']) {
      say(`fault edge ${line}`)
      expect(await greeted()).toBe('handshake')
    }
    expect(await greeted('shop.example', '127.0.0.2')).toBe('handshake')
    say('fault edge refuses --address 1 --always')
    expect(await greeted('shop.example', '127.0.0.2')).toBe('ECONNREFUSED')
    say('fault edge refuses --address 0 --always')
    expect(await greeted()).toBe('ECONNREFUSED')
    expect(() => say('fault edge alert --address 9')).toThrow(/no address 9/)
    expect(() => say('fault edge alert --always --changed')).toThrow(/contradict/)
    expect(await greeted()).toBe('ECONNREFUSED')
    say('fault apps hangs --always')
    expect(say('faults').split('\n')).toHaveLength(3)
    say('mend')
    expect(await greeted()).toBe('handshake')
  })

  test('the lie of a listener whose port was closed is not listed any more', async () => {
    say('fault apps reset')
    const { listeners, memory } = practice.world
    const [config] = memory.linode.configs
    if (config?.tls === undefined) throw new Error('the NodeBalancer has no certificate')
    await listeners.linode.drop(String(config.id))
    expect(say('faults')).toBe('no faults stand\n')
    expect(() => say('fault apps reset')).toThrow('nothing listens there any more')
    await listeners.linode.serve(String(config.id), config.port, [config.tls])
  })

  test('an API fails for the requests that fit, as often as it was ordered, or until it is mended', async () => {
    const base = '/lb/v1/zones/fr-par-1/lbs'
    const status = async (path = base) => (await practice.scaleway.call('GET', path)).status
    say('fault scaleway status --status 429 --retry-after 7 --method get --path lbs$ --times 2')
    const first = await practice.scaleway.call('GET', base)
    expect([first.status, first.headers['retry-after']]).toEqual([429, '7'])
    expect(say('faults')).toMatch(/once more\n$/)
    expect([await status(`${base}/none`), await status(), await status()]).toEqual([404, 429, 200])
    expect(say('faults')).toBe('no faults stand\n')
    say('fault scaleway html')
    say('fault scaleway slow --delay 9h')
    expect([await status(), await status(), await status()]).toEqual([503, 503, 503])
    say('mend')
    expect(await status()).toBe(200)
  })

  test('the CA refuses where it was ordered to, and with the problem that was ordered', async () => {
    const { port } = new URL(practice.world.ca.directoryUrl)
    const { call, close } = rawClient(Number(port), practice.world, { 'user-agent': 'a client' })
    onTestFinished(close)
    const status = async (path: string) => (await call('GET', path)).status
    say('fault ca unavailable --on renewalInfo --retry-after 60')
    expect(await status('/directory')).toBe(200)
    const refused = await call('GET', '/renewal-info/x.y')
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '60'])
    say('mend')
    say('fault ca unavailable --times 1')
    expect([await status('/directory'), await status('/directory')]).toEqual([503, 200])
    expect(() => say('fault ca problem')).toThrow(/needs --type/)
  })

  test('DNS fails for the name that was ordered, until it is mended', async () => {
    const { resolveTxt } = lookUpAt(practice.world.dns.port)
    say('fault dns refuse --name SHOP.example')
    await expect(resolveTxt('shop.example')).rejects.toMatchObject({ code: 'EREFUSED' })
    expect(await resolveTxt('blog.example')).toEqual([])
    say('mend')
    expect(await resolveTxt('shop.example')).toEqual([])
  })

  test('the clock goes forward, each time from where it stands, and back to the time of the machine', () => {
    expect(say('clock')).toMatch(/^the sandbox has this machine's time: 2/)
    expect(say('clock +30d')).toMatch(/, 30 d ahead of this machine\n$/)
    const ahead = new Date(Date.now() + 30.5 * 86_400_000).toISOString().slice(0, 16)
    expect(say('clock +12h')).toContain(`in the sandbox it is ${ahead}`)
    expect(openClock(join(practice.folder, 'clock')).offset()).toBe(30.5 * 86_400_000)
    expect(() => say('clock +3650d')).toThrow(/ten years/)
    expect(say('clock reset')).toMatch(/this machine's time/)
    expect(say('clock +5s')).toMatch(/less than a minute ahead/)
    say('clock reset')
  })
})

describe('the control of a sandbox', () => {
  function folder() {
    const { path, remove } = practiceFolder()
    onTestFinished(remove)
    return path
  }
  const echo = (words: readonly string[]) => {
    if (words[0] === 'wrong') throw new Misuse('that is wrong')
    return words.join('|')
  }

  test('an order reaches the sandbox of its folder and no other, and what it says comes back', async () => {
    const [one, two] = [folder(), folder()]
    const first = await openControl(one, (words) => `first: ${echo(words)}`)
    onTestFinished(first.close)
    const second = await openControl(two, (words) => `second: ${echo(words)}`)
    expect(await order(one, ['fault', 'a b', "it's"])).toBe("first: fault|a b|it's")
    expect(await order(two, ['faults'])).toBe('second: faults')
    await expect(order(one, ['wrong'])).rejects.toThrow(new Misuse('that is wrong'))
    await second.close()
    expect(await order(two, ['faults'])).toBeUndefined()
    expect(await order(one, ['faults'])).toBe('first: faults')
  })

  test('who cannot read the folder can order nothing', async () => {
    const path = folder()
    const control = await openControl(path, echo)
    onTestFinished(control.close)
    const file = join(path, CONTROL_FILE)
    expect((statSync(file).mode & 0o777).toString(8)).toBe('600')
    const { port } = JSON.parse(readFileSync(file, 'utf8'))
    for (const authorization of ['', 'Bearer', `Bearer canary-token-${'0'.repeat(32)}`]) {
      const answer = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', headers: { authorization }, body: '[]' })
      expect(answer.status).toBe(401)
    }
  })

  test('what a killed sandbox left is of no use, whoever has its port now', async () => {
    const path = folder()
    const note = (port: number) =>
      writeFileSync(join(path, CONTROL_FILE), JSON.stringify({ port, token: 'canary-token-old' }))
    const other = folder()
    const control = await openControl(other, echo)
    onTestFinished(control.close)
    let answer = '{"text":1}'
    const stranger = createServer((_request, response) => response.end(answer)).listen(0, '127.0.0.1')
    onTestFinished(() => void stranger.close())
    await once(stranger, 'listening')
    const { port } = stranger.address() as { port: number }
    note(port)
    expect(await order(path, ['faults'])).toBeUndefined()
    answer = 'hello'
    expect(await order(path, ['faults'])).toBeUndefined()
    stranger.closeAllConnections()
    stranger.close()
    await once(stranger, 'close')
    expect(await order(path, ['faults'])).toBeUndefined()
    expect(await order(folder(), ['faults'])).toBeUndefined()
    // The port of the dead one went to another sandbox.
    note(JSON.parse(readFileSync(join(other, CONTROL_FILE), 'utf8')).port)
    expect(await order(path, ['faults'])).toBeUndefined()
  })
})
