import type { ApiAnswer, ApiRequest } from '../api.ts'
import { complaint } from './refusals.ts'

const MAX_PAGE_SIZE = 500

/** `?page=1&page_size=100` and the header `X-Filter`, which may only speak of these attributes. */
export function listing(all: readonly object[], request: ApiRequest, filterable: readonly string[]): ApiAnswer {
  const header = request.headers['x-filter']
  const fits = header === undefined ? () => true : condition(readFilter(String(header)), filterable)
  const found = all.filter((each) => fits(each as Record<string, unknown>))
  const page = whole(request.query, 'page', 1, 1, Number.MAX_SAFE_INTEGER)
  const size = whole(request.query, 'page_size', 100, 25, MAX_PAGE_SIZE)
  const pages = Math.max(1, Math.ceil(found.length / size))
  const data = found.slice((page - 1) * size, page * size)
  return { status: 200, body: { data, page, pages, results: found.length } }
}

function whole(query: URLSearchParams, field: string, fallback: number, min: number, max: number): number {
  const text = query.get(field)
  if (text === null) return fallback
  const number = Number(text)
  if (Number.isInteger(number) && number >= min && number <= max) return number
  throw complaint(400, { field, reason: `Must be ${min}-${max}` })
}

function readFilter(header: string): unknown {
  try {
    return JSON.parse(header)
  } catch {
    throw complaint(400, { reason: 'X-Filter is not valid JSON' })
  }
}

type Condition = (object: Record<string, unknown>) => boolean

function condition(filter: unknown, filterable: readonly string[]): Condition {
  if (typeof filter !== 'object' || filter === null) throw complaint(400, { reason: 'X-Filter must be an object' })
  const parts = Object.entries(filter).map(([name, wanted]): Condition => {
    if (name === '+order_by' || name === '+order') return () => true
    if ((name === '+and' || name === '+or') && Array.isArray(wanted)) {
      const each = wanted.map((part) => condition(part, filterable))
      return name === '+and'
        ? (object) => each.every((fits) => fits(object))
        : (object) => each.some((fits) => fits(object))
    }
    if (!filterable.includes(name)) throw complaint(400, { reason: `Cannot filter on ${name}` })
    return ({ [name]: value }) => matches(value, wanted)
  })
  return (object) => parts.every((fits) => fits(object))
}

function matches(value: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return value === wanted
  return Object.entries(wanted).every(([operator, operand]) => {
    if (operator === '+contains') return String(value).includes(String(operand))
    if (operator === '+neq') return value !== operand
    throw complaint(400, { reason: `Unknown operator ${operator}` })
  })
}
