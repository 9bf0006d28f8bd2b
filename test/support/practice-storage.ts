import { Agent } from 'node:https'
import { S3Client, S3ServiceException } from '@aws-sdk/client-s3'
import type { ObjectStorage } from '../../sandbox/object-storage/object-storage.ts'

export interface Caller {
  readonly id: string
  readonly secret: string
  readonly region?: string
}

/** The official client, which tries everything once. */
export function officialS3(
  server: ObjectStorage,
  rootPem: string,
  { id, secret, region = server.region }: Caller,
): S3Client {
  return new S3Client({
    endpoint: server.endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId: id, secretAccessKey: secret },
    maxAttempts: 1,
    requestHandler: { httpsAgent: new Agent({ ca: rootPem, keepAlive: true }) },
  })
}

/** The error and its status, `done` (or what else), or `no answer`. */
export async function statusOf(work: Promise<unknown>, done = 'done'): Promise<string> {
  try {
    await work
    return done
  } catch (error) {
    if (error instanceof S3ServiceException) return `${error.name} ${error.$metadata.httpStatusCode}`
    const { $response } = error as { $response?: { statusCode?: number } }
    return $response?.statusCode === undefined ? 'no answer' : `unreadable ${$response.statusCode}`
  }
}
