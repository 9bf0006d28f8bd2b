import { request } from 'undici'
import { freePorts, startChildServer } from './child-server.ts'

/** The DNS server that comes with Pebble: it knows TXT, A, AAAA, CNAME and CAA, and answers NOTIMP to all else. */
export async function startChallTestSrv(program: string) {
  const [dns = 0, management = 0] = await freePorts(2)
  const off = ['-http01', '', '-https01', '', '-tlsalpn01', '', '-doh', '', '-defaultIPv6', '']
  const server = await startChildServer({
    program,
    args: ['-dnsserver', `127.0.0.1:${dns}`, '-management', `127.0.0.1:${management}`, ...off],
    ports: [dns, management],
  })
  const tell = async (path: string, body: object) => {
    const { statusCode, body: answer } = await request(`http://127.0.0.1:${management}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    })
    await answer.dump()
    if (statusCode !== 200) throw new Error(`pebble-challtestsrv answered ${path} with ${statusCode}`)
  }
  return {
    nameserver: `127.0.0.1:${dns}`,
    present: (name: string, value: string) => tell('/set-txt', { host: `${name}.`, value }),
    /** It can only forget every value at a name. */
    cleanup: (name: string) => tell('/clear-txt', { host: `${name}.` }),
    setCname: (name: string, target: string) => tell('/set-cname', { host: `${name}.`, target: `${target}.` }),
    close: server.close,
  }
}
