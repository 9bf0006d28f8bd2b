import { isIP } from 'node:net'
import * as v from 'valibot'
import type { BalancerDriver } from '../../../platform/driver.ts'
import { awsOptions } from '../../../vendors/aws/client.ts'
import { port } from '../../listener-fields.ts'

const ARN = /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[A-Za-z0-9-]+$/
/** What a tag may hold (ACM API reference, Tag). */
const NAME = /^(?!arn:)[\p{L}\p{N}][\p{L}\p{N} _.:/=+@-]{0,255}$/u

const host = v.pipe(
  v.string(),
  v.check(
    (text) => isIP(text) !== 0 || /^(?=.{1,253}$)[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i.test(text),
    'expected a host name such as edge-1.eu-central-1.elb.amazonaws.com, or an IP address, without a port',
  ),
)

const options = v.strictObject({ ...awsOptions })

const listener = v.strictObject({
  certificate: v.pipe(
    v.string(),
    v.check(
      (text) => ARN.test(text) || NAME.test(text),
      'expected the ARN of a certificate in ACM, or the value of its tag Name',
    ),
    v.description('The ARN of an imported certificate, or the value of its tag Name.'),
  ),
  hosts: v.optional(
    v.pipe(
      v.union([host, v.pipe(v.array(host), v.minLength(1))]),
      v.transform((hosts): readonly string[] => [hosts].flat()),
      v.description('Where it is served: host names or IP addresses of load balancers, distributions, domains.'),
    ),
  ),
  port: v.optional(v.pipe(port, v.description('Of the hosts; 443 if absent.'))),
})

/**
 * AWS Certificate Manager: a certificate is replaced in place and keeps its ARN, so that whatever refers to it follows. All
 * services take RSA 2048, and what a new ARN begins with it has for good: therefore it comes first.
 */
export const driver = {
  options,
  listener,
  identity: ['certificate'],
  separator: ' ',
  supportedKeys: ['rsa-2048', 'ecdsa-p256', 'ecdsa-p384', 'rsa-3072', 'rsa-4096'],
  singleCertificate: true,
  async open(given, context) {
    const { openCertificates } = await import('./certificates.ts')
    return openCertificates(given, context)
  },
} satisfies BalancerDriver<typeof options, typeof listener>

export type AcmOptions = v.InferOutput<typeof options>
export type AcmListener = v.InferOutput<typeof listener>
