import type { DnsPeer } from '../dns-vendors.ts'
import { startRoute53 } from '../route53.ts'

export const peer: DnsPeer = {
  evidence: { recording: '2022', documentation: 'API reference, which the emulator moto agrees with' },
  create: startRoute53,
  cannot: {
    'a request that comes too soon is RATE_LIMITED until the vendor’s own time': 'AWS throttles, and names no time',
  },
}
