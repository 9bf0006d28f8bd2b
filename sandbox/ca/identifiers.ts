import { identifierProblem, Problem } from './problem.ts'

const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/

/** The names that an order asks for, in lower case and each once (RFC 8555 §7.1.3, §7.4). */
export function namesAskedFor(identifiers: unknown, blocked: readonly string[], maxNames: number): string[] {
  if (!Array.isArray(identifiers) || identifiers.length === 0) {
    throw new Problem('malformed', 'The order has no identifiers')
  }
  const names = new Set<string>()
  for (const identifier of identifiers as { type?: unknown; value?: unknown }[]) {
    if (typeof identifier?.value !== 'string') throw new Problem('malformed', 'An identifier has no value')
    if (identifier.type !== 'dns') throw new Problem('unsupportedIdentifier', 'Only identifiers of type dns are taken')
    names.add(identifier.value.toLowerCase())
  }
  if (names.size > maxNames) throw new Problem('malformed', `An order can have at most ${maxNames} identifiers`)
  const refused = [...names].flatMap((name) => {
    const why = objection(name, blocked)
    return why === undefined ? [] : [{ name, why }]
  })
  if (refused.length > 0) throw identifierProblem('rejectedIdentifier', refused)
  const redundant = [...names].find((name) => names.has(`*${name.slice(name.indexOf('.'))}`) && !name.startsWith('*.'))
  if (redundant !== undefined) {
    throw new Problem('malformed', `"${redundant}" is redundant with a wildcard in the same request`)
  }
  return [...names].sort()
}

function objection(name: string, blocked: readonly string[]): string | undefined {
  const domain = name.replace(/^\*\./, '')
  const labels = domain.split('.')
  if (domain.length > 253 || !labels.every((label) => LABEL.test(label))) return 'The name is not a domain name'
  if (labels.length < 2) return 'The name needs at least one dot'
  if (/^\d+$/.test(labels.at(-1) ?? '')) return 'The name is an IP address'
  if (blocked.some((each) => domain === each || domain.endsWith(`.${each}`))) {
    return 'The CA refuses to issue for this name by its policy'
  }
  return undefined
}
