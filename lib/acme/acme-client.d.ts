import 'acme-client'
import type { KeyObject } from 'node:crypto'
import type { AcmeAnswer } from './transport.ts'

/** The parts of acme-client 5.4.0 below its public types that `client.ts` replaces or calls (its src/http.js). */
declare module 'acme-client' {
  interface HttpClient {
    /** PEM, or what Node has read from it: it goes to `node:crypto` as it is. */
    accountKey: Buffer | KeyObject
    maxBadNonceRetries: number
    externalAccountBinding: { kid?: string; hmacKey?: string }
    request(url: string, method: string, options?: { data?: unknown }): Promise<AcmeAnswer>
    getNonce(): Promise<string>
    signedRequest(
      url: string,
      payload: object | null,
      options: { kid?: string; includeExternalAccountBinding?: boolean },
    ): Promise<AcmeAnswer>
  }

  interface Client {
    http: HttpClient
  }
}
