import { expect } from 'vitest'
import { parseConfig } from '../../lib/config/load.ts'
import { type Failure, isFailure } from '../../lib/errors.ts'

export const place = { folder: '/srv/newleaf', file: 'newleaf.yaml' }

/** A configuration without mistakes. */
export const sound = `
environment: prod
acme:
  authorities:
    letsencrypt: { directory: letsencrypt, email: ops@example.com, agreeToTerms: true }
    backup: { directory: letsencrypt-staging, agreeToTerms: true }
dns:
  main: { use: scaleway, zones: [example.com], options: { token: secret:scaleway#dns } }
balancers:
  fr: { use: scaleway, options: { zone: fr-par-1, token: secret:scaleway#lb } }
  us: { use: linode, options: { token: env:LINODE_TOKEN } }
certificates:
  shop:
    names: [shop.example.com, '*.shop.example.com']
    deploy:
      - { balancer: fr, loadBalancer: edge, frontend: https }
`

/** By path, what is to stand there instead; undefined: nothing. */
export type Changes = Readonly<Record<string, unknown>>

const plain = {
  environment: 'prod',
  acme: {
    authorities: {
      letsencrypt: { directory: 'letsencrypt', email: 'ops@example.com', agreeToTerms: true },
      backup: { directory: 'letsencrypt-staging', agreeToTerms: true },
    },
  },
  dns: { main: { use: 'scaleway', zones: ['example.com'], options: { token: 'secret:scaleway#dns' } } },
  balancers: {
    fr: { use: 'scaleway', options: { zone: 'fr-par-1', token: 'secret:scaleway#lb' } },
    us: { use: 'linode', options: { token: 'env:LINODE_TOKEN' } },
  },
  certificates: {
    shop: {
      names: ['shop.example.com', '*.shop.example.com'],
      deploy: [{ balancer: 'fr', loadBalancer: 'edge', frontend: 'https' }],
    },
  },
}

/** The sound configuration as JSON, with these changes. */
export function changed(changes: Changes): string {
  const document: Record<string, unknown> = structuredClone(plain)
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split('.')
    const last = keys.pop() ?? ''
    let at = document
    for (const key of keys) {
      at[key] ??= {}
      at = at[key] as Record<string, unknown>
    }
    at[last] = value
  }
  return JSON.stringify(document)
}

/** What is wrong with it, without line and column; nothing, when it can be read. Whatever else is thrown passes through. */
export async function mistakesIn(text: string, ...more: [Parameters<typeof parseConfig>[2]?]): Promise<string[]> {
  try {
    await parseConfig(text, place, ...more)
    return []
  } catch (error) {
    if (!isFailure(error, 'CONFIG_INVALID')) throw error
    return withoutPositions(error)
  }
}

/** The mistakes of a CONFIG_INVALID. */
export function withoutPositions({ fields: { mistakes } }: Pick<Failure, 'fields'>): string[] {
  expect(mistakes).toBeInstanceOf(Array)
  return (mistakes as string[]).map((mistake) => mistake.replace(/^\d+:\d+ /, ''))
}

/** In each of the forms that it may be written in. */
export const soundTexts = [
  sound,
  changed({}),
  changed({ 'dns.resolvers': ['192.0.2.1'], 'certificates.shop.profile': 'tlsserver' }),
]

/** What a reader of YAML, or of a configuration, may stumble over. */
export const PIECES = [
  '{',
  '}',
  '[',
  ']',
  ':',
  ': ',
  ',',
  '- ',
  '? ',
  '&a ',
  '*a',
  '!!str ',
  '!x ',
  '| ',
  '> ',
  '"',
  "'",
  '\\',
  '#',
  '%',
  '@',
  '`',
  '\n',
  '\n  ',
  '\t',
  '\r',
  '\0',
  '\u2028',
  '\uFEFF',
  '\uD800',
  '<<: ',
  '---\n',
  '...\n',
  '~',
  'null',
  'true',
  '1e999',
  '.nan',
  '__proto__: 1\n',
  'constructor',
  'toString',
  'use: ',
  'options: ',
  'env:HOME',
  'secret:a#b',
  '*.',
  'xn--',
  '例え',
  '.'.repeat(300),
  '[[[[',
  '{a: {a: {a: ',
] as const
