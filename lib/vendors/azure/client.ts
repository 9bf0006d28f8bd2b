import * as v from 'valibot'
import { accessTokens } from '../../platform/access-tokens.ts'
import { apiOptions, type DriverContext, secretReference } from '../../platform/driver.ts'
import { explainedBy, type Rest } from '../../platform/rest.ts'
import { tokenEndpoint } from '../../platform/token-endpoint.ts'

/** Where tokens are issued, and where resources are managed. */
const CLOUDS = {
  public: { login: 'https://login.microsoftonline.com', management: 'https://management.azure.com' },
  'us-government': { login: 'https://login.microsoftonline.us', management: 'https://management.usgovcloudapi.net' },
  china: { login: 'https://login.partner.microsoftonline.cn', management: 'https://management.chinacloudapi.cn' },
} as const

const uuid = (description: string) =>
  v.pipe(v.string(), v.uuid('expected a UUID, as the portal shows it'), v.description(description))

export const azureOptions = {
  tenant: v.pipe(
    v.string(),
    v.regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/, 'expected the id or a domain of a tenant'),
    v.description('The id of the tenant, or a domain of it.'),
  ),
  clientId: uuid('The id of the application.'),
  clientSecret: v.pipe(secretReference, v.description('Reference to a client secret of the application: its value.')),
  subscription: uuid('The id of the subscription.'),
  resourceGroup: v.pipe(
    v.string(),
    v.regex(/^[\w().-]{0,89}[\w()-]$/, 'expected the name of a resource group'),
    v.description('The name of the resource group.'),
  ),
  cloud: v.optional(
    v.pipe(
      v.picklist(['public', 'us-government', 'china']),
      v.description('The cloud that the tenant is in; public if absent.'),
    ),
    'public',
  ),
  ...apiOptions,
}

type AzureOptions = v.InferOutput<v.StrictObjectSchema<typeof azureOptions, undefined>>

/** A client for Azure Resource Manager, with which an application acts for itself. */
export async function openAzure(
  given: AzureOptions,
  vendor: string,
  context: Pick<DriverContext, 'resolve' | 'clock' | 'rest'>,
): Promise<Rest> {
  const { tenant, clientId: client_id, cloud, caCertificate } = given
  const { login, management } = CLOUDS[cloud]
  const client_secret = await context.resolve(given.clientSecret)
  const scope = `${management}/.default`
  const url = `${login}/${tenant}/oauth2/v2.0/token`
  const grant = () => ({ grant_type: 'client_credentials', client_id, client_secret, scope })
  const issue = tokenEndpoint({ vendor: 'Microsoft Entra', url, caCertificate, grant }, context)
  const authorization = accessTokens(issue, context.clock)
  const { endpoint = management } = given
  return context.rest({ vendor, endpoint, caCertificate, headers: {}, authorization, explain })
}

/** Resource providers say it in one of these forms, Resource Manager in the other. */
const said = v.object({ code: v.string(), message: v.fallback(v.string(), '') })
const problem = v.union([v.object({ error: said }), said])

const explain = explainedBy(problem, (body) => {
  const { code, message } = 'error' in body ? body.error : body
  return { reason: `${code}: ${message}` }
})
