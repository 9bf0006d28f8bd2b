import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { freePort } from '../../sandbox/ports.ts'

const ADDRESS = '127.0.0.1'

test('a port is given once, and again to whoever wants it by its number', async () => {
  const ports = await Promise.all(Array.from({ length: 40 }, () => freePort(0, [ADDRESS])))
  expect(new Set(ports).size).toBe(ports.length)
  const [first = 0] = ports
  expect(await freePort(first, [ADDRESS])).toBe(first)
})

test('a port that another process was given is not given before it listens there', async () => {
  const other = createSocket('udp4').bind({ port: 0, address: ADDRESS, exclusive: true })
  await once(other, 'listening')
  const { port } = other.address()
  expect(await freePort(port, [ADDRESS])).not.toBe(port)
  other.close()
})

test('a port at which somebody listens is not given', async () => {
  const port = await freePort(0, [ADDRESS])
  const server = createServer().listen(port, ADDRESS)
  await once(server, 'listening')
  expect(await freePort(port, [ADDRESS])).not.toBe(port)
  server.close()
})
