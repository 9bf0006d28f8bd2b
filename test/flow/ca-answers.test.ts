import { expect, test } from 'vitest'
import { type Asked, problem, type Said, withJson } from '../support/rewriting-proxy.ts'
import { wireWorld } from '../support/wire-world.ts'

// biome-ignore lint/suspicious/noExplicitAny: whatever the CA said is changed.
type Body = any

const issued = { result: 'renewed', error: undefined }
const nulled = (body: Body, ...fields: string[]) => ({
  ...body,
  ...Object.fromEntries(fields.map((each) => [each, null])),
})

/** Each answer at such a path, changed. */
const at =
  (path: RegExp, change: (body: Body) => unknown) =>
  (asked: Asked, answer: Said): Said =>
    path.test(asked.path) && answer.status < 300 && answer.body.startsWith('{') ? withJson(answer, change) : answer

const habits: Readonly<Record<string, (asked: Asked, answer: Said) => Said>> = {
  'that says null for all that a directory may lack': at(/^\/directory$/, (body) =>
    nulled(body, 'meta', 'renewalInfo', 'revokeCert', 'keyChange', 'newAuthz'),
  ),
  'that names no identifiers once an order is made': at(/^\/order\//, ({ identifiers: _, ...body }) => body),
  'that says where to finalize no sooner than the order is ready': at(/^\/(new-order|order\/)/, (body) =>
    body.status === 'pending' ? { ...body, finalize: '' } : body,
  ),
  'whose valid order has its certificate and nothing else': at(/^\/order\//, (body) =>
    body.status === 'valid' ? { status: body.status, certificate: body.certificate } : body,
  ),
  'whose accounts have no status': at(/^\/new-account$/, (body) => nulled(body, 'status', 'contact', 'orders')),
  'that offers challenges that nobody knows': at(/^\/authorization\//, (body) => ({
    ...body,
    expires: null,
    challenges: [null, 'x', { type: 'onion-csr-01', nonce: 1 }, ...(body.challenges ?? [])].toReversed(),
  })),
  'that ends names with a dot, in capitals': at(/^\/(new-order|order\/)/, (body) => ({
    ...body,
    identifiers: body.identifiers.map((each: Body) => ({ ...each, value: `${each.value.toUpperCase()}.` })),
  })),
  'that labels JSON as text': (_asked, answer) =>
    answer.body.startsWith('{') ? { ...answer, headers: { ...answer.headers, 'content-type': 'text/html' } } : answer,
}

test.each(Object.entries(habits))('a certificate is had from a CA %s', async (_title, rewrite) => {
  const { run, ca } = await wireWorld({ rewrite })
  await expect(run()).resolves.toMatchObject(issued)
  expect(ca.ledger.certificates).toHaveLength(1)
})

test('every request says what it takes, and the one for the chain takes a chain', async () => {
  const instead = ({ path, headers }: Asked) => {
    const wanted = path.startsWith('/certificate/') ? 'application/pem-certificate-chain' : 'application/json'
    return headers.accept === wanted ? undefined : problem(406, 'malformed')
  }
  const { run } = await wireWorld({ instead })
  await expect(run()).resolves.toMatchObject(issued)
})

test('a directory that has moved is followed, and a certificate is had', async () => {
  const { run, exchanges } = await wireWorld({
    instead: ({ path }) =>
      path === '/directory' ? { status: 301, headers: { location: '/directory?profile=dv' }, body: '' } : undefined,
  })
  const { result, error } = await run()
  expect(exchanges.slice(0, 2)).toEqual(['GET /directory 301', expect.stringMatching(/^GET \/directory\?profile=dv /)])
  expect({ result, error }).toEqual(issued)
})

const END = '-----END CERTIFICATE-----'
const forms: Readonly<Record<string, (chain: string) => string>> = {
  'with a dump of openssl above each block': (chain) =>
    chain.replaceAll('-----BEGIN', 'Certificate:\n    Data:\n        Version: 3 (0x2)\n-----BEGIN'),
  'with tabs before each line': (chain) => chain.replaceAll(/^/gm, '\t'),
  'in lines of 76 characters that end as in Windows': (chain) =>
    chain.replaceAll(/(?<=E-----\n)[^-]+/g, (body) =>
      body.replaceAll('\n', '').replaceAll(/.{1,76}/g, (line) => `${line}\r\n`),
    ),
  'that begins with its issuers': (chain) =>
    chain
      .split(/(?<=END CERTIFICATE-----\n)/)
      .toReversed()
      .join(''),
  'with everything twice': (chain) => chain + chain,
  'with lines that have become blanks': (chain) => chain.replaceAll(`${END}\n`, `${END} `).replaceAll('\n', ' '),
}

test.each(Object.entries(forms))('a chain %s is the same chain', async (_title, form) => {
  const { run, ca } = await wireWorld({
    rewrite: ({ path }, answer) => (path.startsWith('/certificate/') ? { ...answer, body: form(answer.body) } : answer),
  })
  await expect(run()).resolves.toMatchObject(issued)
  expect(ca.ledger.certificates).toHaveLength(1)
})

test('a chain that cannot be used costs no other certificate, however often it is given', async () => {
  let cut = true
  const { run, ca, clock, notifier } = await wireWorld({
    rewrite: ({ path }, answer) =>
      cut && path.startsWith('/certificate/') ? { ...answer, body: `${answer.body.split(END)[0]}${END}\n` } : answer,
  })
  for (let day = 0; day < 4; day++) {
    expect(await run()).toMatchObject({ error: { code: 'ANSWER_INVALID', step: 'finalize' } })
    clock.pass(25 * 3_600_000)
  }
  expect(notifier.notices.length).toBeGreaterThan(0)
  cut = false
  await expect(run()).resolves.toMatchObject(issued)
  expect(ca.ledger.certificates).toHaveLength(1)
})

test('an alternate chain is taken where the default one lacks its intermediate', async () => {
  let whole = ''
  const { run, ca, exchanges } = await wireWorld({
    rewrite: ({ path }, answer) => {
      if (!/^\/certificate\/[^/]+$/.test(path)) return answer
      whole = answer.body
      const link = `<${path}/other>; rel="alternate"`
      return { ...answer, headers: { ...answer.headers, link }, body: `${whole.split(END)[0]}${END}\n` }
    },
    instead: ({ path }) => (path.endsWith('/other') ? { status: 200, headers: {}, body: whole } : undefined),
  })
  await expect(run()).resolves.toMatchObject(issued)
  expect(exchanges.filter((each) => each.endsWith('/other 200'))).toHaveLength(1)
  expect(ca.ledger.certificates).toHaveLength(1)
})
