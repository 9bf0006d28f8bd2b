/** As much of CloudFormation as our template needs: its functions, with names and ARNs as AWS would give them. */

// biome-ignore lint/suspicious/noExplicitAny: a template is any JSON
export type Json = any

export interface Resource {
  readonly Type: string
  readonly Condition?: string
  readonly Properties: Json
}

export interface Template {
  readonly Parameters: Readonly<Record<string, { readonly Default: string }>>
  readonly Conditions: Readonly<Record<string, Json>>
  readonly Resources: Readonly<Record<string, Resource>>
}

export const ACCOUNT = '123456789012'
export const REGION = 'eu-central-1'
const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Region': REGION,
  'AWS::Partition': 'aws',
}
const NO_VALUE = Symbol('AWS::NoValue')

/** The properties of every resource that is made, for these parameters. */
export function deployed(
  template: Template,
  parameters: Readonly<Record<string, string>> = {},
): Record<string, Resource> {
  const value = resolver(template, parameters)
  const made = Object.entries(template.Resources).filter(
    ([, { Condition }]) => Condition === undefined || value({ Condition }) === true,
  )
  return Object.fromEntries(made.map(([id, resource]) => [id, { ...resource, Properties: value(resource.Properties) }]))
}

function resolver(template: Template, parameters: Readonly<Record<string, string>>): (json: Json) => Json {
  const ref = (name: string): Json => {
    if (name === 'AWS::NoValue') return NO_VALUE
    const known = PSEUDO[name] ?? parameters[name] ?? template.Parameters[name]?.Default
    if (known !== undefined) return known
    const resource = template.Resources[name]
    if (resource === undefined) throw new Error(`the template refers to ${name}, which is not in it`)
    return resource.Type === 'AWS::SNS::Topic' ? arnOf(name) : nameOf(name)
  }
  const nameOf = (id: string): string => {
    const { Properties = {} } = template.Resources[id] ?? {}
    const field = Object.keys(Properties).find((key) => /^(Bucket|Queue|Topic|Function|LogGroup|Role)Name$/.test(key))
    return field === undefined ? id : value(Properties[field])
  }
  const arnOf = (id: string): string => {
    const arn = ARNS[template.Resources[id]?.Type ?? '']
    if (arn === undefined) throw new Error(`the ARN of ${id} is not known here`)
    return arn(nameOf(id))
  }
  const getAtt = (id: string, attribute: string): string => {
    if (attribute === 'Arn') return arnOf(id)
    if (/Name$/.test(attribute)) return nameOf(id)
    throw new Error(`the attribute ${attribute} of ${id} is not known here`)
  }
  const functions: Readonly<Record<string, (given: Json) => Json>> = {
    Ref: ref,
    Condition: (name) => value(template.Conditions[name]),
    'Fn::GetAtt': ([id, attribute]) => getAtt(id, attribute),
    'Fn::Sub': (text: string) =>
      text.replace(/\$\{([^}]+)\}/g, (_, name: string) => {
        const [id = '', attribute] = name.split('.')
        return attribute === undefined ? ref(id) : getAtt(id, attribute)
      }),
    'Fn::Join': ([by, parts]) => value(parts).join(by),
    'Fn::Equals': (both) => {
      const [one, other] = value(both)
      return one === other
    },
    'Fn::Not': ([given]) => !value(given),
    'Fn::And': (all) => all.every((given: Json) => value(given)),
    'Fn::If': ([condition, yes, no]) => value(value({ Condition: condition }) ? yes : no),
  }
  const value = (json: Json): Json => {
    if (Array.isArray(json)) return json.map(value).filter((each) => each !== NO_VALUE)
    if (typeof json !== 'object' || json === null) return json
    const [[name = '', given] = [], ...more] = Object.entries(json)
    const known = more.length === 0 ? functions[name] : undefined
    if (known !== undefined) return known(given)
    if (/^Fn::/.test(name)) throw new Error(`${name} is not known here`)
    const entries = Object.entries(json).map(([key, each]) => [key, value(each)])
    return Object.fromEntries(entries.filter(([, each]) => each !== NO_VALUE))
  }
  return value
}

const regional =
  (service: string, kind = '') =>
  (name: string) =>
    `arn:aws:${service}:${REGION}:${ACCOUNT}:${kind}${name}`
const ARNS: Readonly<Record<string, (name: string) => string>> = {
  'AWS::S3::Bucket': (name) => `arn:aws:s3:::${name}`,
  'AWS::SQS::Queue': regional('sqs'),
  'AWS::SNS::Topic': regional('sns'),
  'AWS::Lambda::Function': regional('lambda', 'function:'),
  'AWS::Logs::LogGroup': (name) => `${regional('logs', 'log-group:')(name)}:*`,
  'AWS::IAM::Role': (name) => `arn:aws:iam::${ACCOUNT}:role/${name}`,
}
