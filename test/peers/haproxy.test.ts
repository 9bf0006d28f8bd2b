import { balancerContract } from '../support/balancer-contract.ts'
import { describePeers } from '../support/describe-peers.ts'
import { practiceHaproxy, shape } from '../support/haproxy-practice.ts'

describePeers('HAProxy keeps the contract of a load balancer', ['haproxy'], ({ haproxy }) => {
  balancerContract('haproxy', shape, () => practiceHaproxy(haproxy, 'ecdsa-p256'))
})
