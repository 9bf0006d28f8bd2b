/** As much of IAM as our policies need: whether what a role allows covers a request. */
import type { Resource } from './cloudformation.ts'

export interface Statement {
  readonly actions: readonly string[]
  readonly resources: readonly string[]
  readonly conditions: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>
}

/** What AWS asks a role's policies about. */
export interface AccessRequest {
  readonly action: string
  readonly resource: string
  readonly context?: Readonly<Record<string, string>>
}

const list = (given: string | readonly string[]): readonly string[] => (typeof given === 'string' ? [given] : given)

export function statementsOf(role: Resource): Statement[] {
  // biome-ignore lint/suspicious/noExplicitAny: as the template has them
  const policies: any[] = role.Properties.Policies
  return policies.flatMap(({ PolicyDocument }) =>
    // biome-ignore lint/suspicious/noExplicitAny: as the template has them
    PolicyDocument.Statement.map(({ Effect, Action, Resource: resource, Condition = {}, ...more }: any) => {
      if (Effect !== 'Allow' || Object.keys(more).length > 0)
        throw new Error('only plain Allow statements are understood')
      return { actions: list(Action), resources: list(resource), conditions: Condition }
    }),
  )
}

/** Nothing is allowed but what a statement allows (IAM user guide, "Policy evaluation logic"). */
export const isAllowed = (statements: readonly Statement[], request: AccessRequest): boolean =>
  statements.some(
    ({ actions, resources, conditions }) =>
      actions.includes(request.action) &&
      resources.some((pattern) => matches(pattern, request.resource)) &&
      Object.entries(conditions).every(([operator, keys]) =>
        Object.entries(keys).every(([key, values]) => holds(operator, list(values), request.context?.[key])),
      ),
  )

function holds(operator: string, values: readonly string[], found: string | undefined): boolean {
  if (operator === 'StringEquals') return found !== undefined && values.includes(found)
  if (operator === 'StringLikeIfExists') return found === undefined || values.some((value) => matches(value, found))
  throw new Error(`the condition ${operator} is not understood here`)
}

/** `*` stands for any characters, `?` for one. */
function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 's').test(text)
}

/** Every way to take one action out of one statement. */
export function withoutEach(statements: readonly Statement[]) {
  return statements.flatMap((statement, at) =>
    statement.actions.map((action) => ({
      action,
      /** Without account and region: short enough for a title. */
      on: statement.resources.map((arn) => arn.split(':').slice(5).join(':')).join(' '),
      left: statements.with(at, { ...statement, actions: statement.actions.filter((each) => each !== action) }),
    })),
  )
}
