import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import { Failure, isFailure } from '../../../errors.ts'
import { Secret } from '../../../platform/secret.ts'
import type { StoredSecret } from '../../../ports.ts'
import { type Aws, isAwsError } from '../../../vendors/aws/client.ts'
import { deleted, explained, refusal } from './refusal.ts'

export type Label = 'AWSCURRENT' | 'AWSPENDING' | 'AWSPREVIOUS'

/** Which version each label is attached to. */
export type Labels = Readonly<Partial<Record<Label, string>>>

/** The calls of AWS Secrets Manager that are used: no others need to be allowed. */
export interface SecretsManager {
  /** Undefined only if there is no such secret, or none of its versions has the label. */
  read(id: string, label: Label): Promise<StoredSecret | undefined>
  /** Undefined if there is no such secret. */
  labels(id: string): Promise<Labels | undefined>
  /** Succeeds when it is there already. */
  create(id: string, version: string, value: Secret): Promise<void>
  /** Resolves to the labels of the version. One with this value that was there already keeps its own. */
  put(id: string, version: string, value: Secret, label: Label): Promise<readonly string[]>
  /** Rejects with CONFLICT if the label is not attached where it is moved from (undefined: anywhere). */
  move(id: string, label: Label, move: { from: string | undefined; to: string | undefined }): Promise<void>
  /** Schedules its deletion after the thirty days that AWS gives where nothing else is asked for. Resolves to whether there is such a secret. */
  scheduleDeletion(id: string): Promise<boolean>
}

export interface NewSecrets {
  readonly kmsKey?: string | undefined
  readonly tags: Readonly<Record<string, string>>
}

export function createSecretsManager(aws: Aws, settings: NewSecrets): SecretsManager {
  const client = new SecretsManagerClient(aws.config)
  /** Made here, and not seen since. */
  const made = new Set<string>()
  const call: Aws['call'] = async (what, send) => {
    const { action, on } = what
    try {
      const answer = await aws.call(what, (options) => send(options).catch(refusal(what, made.has(on))))
      if (action === 'CreateSecret') made.add(on)
      else if (/^Get|^Describe/.test(action)) made.delete(on)
      return answer
    } catch (error) {
      throw explained(on, error)
    }
  }
  return { ...reading({ client, call }), ...writing({ client, call }, settings) }
}

/** What its calls reject with says what it means there. */
interface Service extends Pick<Aws, 'call'> {
  readonly client: SecretsManagerClient
}

const reading = ({ client, call }: Service): Pick<SecretsManager, 'read' | 'labels'> => ({
  async read(id, label) {
    try {
      const command = new GetSecretValueCommand({ SecretId: id, VersionStage: label })
      const { VersionId, SecretString } = await call({ action: 'GetSecretValue', on: id }, (options) =>
        client.send(command, options),
      )
      if (VersionId !== undefined && SecretString !== undefined) {
        return { version: VersionId, value: new Secret(SecretString) }
      }
    } catch (error) {
      if (isAwsError(error, 'ResourceNotFoundException')) return undefined
      throw error
    }
    throw new Failure('STORE_UNREADABLE', `the secret ${id} holds no text: store it as a text, not as binary`)
  },

  async labels(id) {
    try {
      const command = new DescribeSecretCommand({ SecretId: id })
      const { VersionIdsToStages = {}, DeletedDate } = await call({ action: 'DescribeSecret', on: id }, (options) =>
        client.send(command, options),
      )
      if (DeletedDate !== undefined) throw deleted(id)
      return Object.fromEntries(
        Object.entries(VersionIdsToStages).flatMap(([version, labels]) => labels.map((label) => [label, version])),
      )
    } catch (error) {
      if (isAwsError(error, 'ResourceNotFoundException')) return undefined
      throw error
    }
  },
})

const writing = (
  { client, call }: Service,
  { kmsKey, tags }: NewSecrets,
): Pick<SecretsManager, 'create' | 'put' | 'move' | 'scheduleDeletion'> => ({
  async create(id, version, value) {
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
    try {
      const command = new CreateSecretCommand({
        Name: id,
        ClientRequestToken: version,
        SecretString: value.reveal(),
        Description: 'Kept by newleaf',
        ...(kmsKey === undefined ? {} : { KmsKeyId: kmsKey }),
        ...(Tags.length === 0 ? {} : { Tags }),
      })
      await call({ action: 'CreateSecret', on: id }, (options) => client.send(command, options))
    } catch (error) {
      if (!isAwsError(error, 'ResourceExistsException')) throw error
    }
  },

  async put(id, version, value, label) {
    const command = new PutSecretValueCommand({
      SecretId: id,
      ClientRequestToken: version,
      SecretString: value.reveal(),
      VersionStages: [label],
    })
    const answer = await call({ action: 'PutSecretValue', on: id }, (options) => client.send(command, options))
    return answer.VersionStages ?? []
  },

  async move(id, label, { from, to }) {
    const command = new UpdateSecretVersionStageCommand({
      SecretId: id,
      VersionStage: label,
      ...(from === undefined ? {} : { RemoveFromVersionId: from }),
      ...(to === undefined ? {} : { MoveToVersionId: to }),
    })
    await call({ action: 'UpdateSecretVersionStage', on: id }, (options) => client.send(command, options))
  },

  async scheduleDeletion(id) {
    const describe = new DescribeSecretCommand({ SecretId: id })
    const isScheduled = async () => {
      const found = await call({ action: 'DescribeSecret', on: id }, (options) => client.send(describe, options))
      return found.DeletedDate !== undefined
    }
    try {
      const command = new DeleteSecretCommand({ SecretId: id })
      await call({ action: 'DeleteSecret', on: id }, (options) => client.send(command, options))
      return true
    } catch (error) {
      if (isAwsError(error, 'ResourceNotFoundException')) return false
      // It was scheduled before, by a call whose answer was lost for example.
      if (isFailure(error, 'STORE_UNREADABLE') && (await isScheduled())) return true
      throw error
    }
  },
})
