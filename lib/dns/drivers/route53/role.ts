import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { Failure } from '../../../errors.ts'
import type { DriverContext } from '../../../platform/driver.ts'
import { Secret } from '../../../platform/secret.ts'
import { type AwsOptions, openAws, withClient } from '../../../vendors/aws/client.ts'

/** Credentials of a role, for an hour, which is longer than a run. */
export async function assume(
  { role, externalId }: { readonly role: string; readonly externalId: string | undefined },
  options: AwsOptions,
  context: DriverContext,
): Promise<NonNullable<AwsOptions['credentials']>> {
  const aws = await openAws(options, context)
  const command = new AssumeRoleCommand({ RoleArn: role, RoleSessionName: 'newleaf', ExternalId: externalId })
  const { Credentials: given } = await aws.call({ action: 'AssumeRole', on: role }, (sending) =>
    withClient(new STSClient(aws.config), (client) => client.send(command, sending)),
  )
  if (given?.AccessKeyId === undefined || given.SecretAccessKey === undefined || given.SessionToken === undefined) {
    throw new Failure('ANSWER_INVALID', `AssumeRole of ${role} gave no credentials`)
  }
  return {
    accessKeyId: new Secret(given.AccessKeyId),
    secretAccessKey: new Secret(given.SecretAccessKey),
    sessionToken: new Secret(given.SessionToken),
  }
}
