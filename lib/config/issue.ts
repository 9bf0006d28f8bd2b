import type * as v from 'valibot'
import { suggestion } from '../platform/suggestion.ts'

const plain: Record<string, string> = {
  string: 'expected text',
  number: 'expected a number',
  boolean: 'expected true or false',
  array: 'expected a list',
  integer: 'expected a whole number',
  non_empty: 'must not be empty',
  min_entries: 'must not be empty',
  url: 'expected a URL',
  strict_object: 'expected a map of fields',
  loose_object: 'expected a map of fields',
  object_with_rest: 'expected a map of fields',
  object: 'expected a map of fields',
  record: 'expected a map of fields',
}

const words = ({ expected }: v.BaseIssue<unknown>) =>
  [...(expected ?? '').matchAll(/"([^"]*)"/g)].map(([, word = '']) => word)

export const isUnknownField = ({ type, expected }: v.BaseIssue<unknown>): boolean =>
  type === 'strict_object' && expected === 'never'

/** What is wrong, in words that never hold the value: valibot's own do. For issues whose schema has no message itself. */
export function describe(issue: v.BaseIssue<unknown>): string {
  const { type, requirement } = issue
  if (isUnknownField(issue)) return 'unknown field'
  if (issue.input === undefined) return 'is missing'
  switch (type) {
    case 'picklist':
    case 'literal':
    case 'enum':
      return `expected ${words(issue).length > 1 ? 'one of ' : ''}${words(issue).join(', ') || issue.expected}`
    case 'min_value':
      return `expected ${requirement} or more`
    case 'max_value':
      return `expected ${requirement} or less`
    case 'min_length':
      return requirement === 1 ? 'must not be empty' : `expected ${requirement} or more of them`
    case 'max_length':
      return `expected ${requirement} or fewer of them`
    case 'union':
      return [...new Set(issue.issues?.map(describe))].join(', or ').replaceAll(', or expected ', ' or ')
    default:
      return plain[type] ?? 'is not valid'
  }
}

/** The message of a schema, with the nearest spelling where there is a list of them. */
export function errorsIn(issue: v.BaseIssue<unknown>): string {
  const { type, input, message } = issue
  if (typeof input !== 'string') return message
  const safe = input.length > 3 && message.includes(input) ? describe(issue) : message
  return type === 'picklist' || type === 'literal' ? safe + suggestion(input, words(issue)) : safe
}
