import { afterAll, describe, expect, test } from 'bun:test'
import { PeerAddresses } from './peer-addresses.ts'
import { peerBitsOf } from '../platform/socket-calls.ts'

const peers = new PeerAddresses()
const stops: (() => void)[] = []

afterAll(() => {
  for (const stop of stops) stop()
})

/** What `peers` says of a client of a socket that listens there, and the client's own idea of itself. */
async function clientOf(listen: string, connect: string): Promise<{ seen: string; port: number; text: string }> {
  const { promise, resolve } = Promise.withResolvers<{ seen: string; port: number; text: string }>()
  const server = Bun.listen({
    hostname: listen,
    port: 0,
    socket: {
      open(socket) {
        const { ip, port, text, family } = peers.of(peerBitsOf((socket as unknown as { fd: number }).fd))
        resolve({ seen: `${family} ${ip}`, port, text })
      },
      data() {},
    },
  })
  stops.push(() => server.stop(true))
  const client = await Bun.connect({ hostname: connect, port: server.port, socket: { data() {} } })
  stops.push(() => client.end())
  const seen = await promise
  expect(seen.port).toBe(client.localPort)
  return seen
}

describe('PeerAddresses', () => {
  test('IPv4', async () => {
    const first = await clientOf('127.0.0.1', '127.0.0.1')
    expect(first).toMatchObject({ seen: '4 127.0.0.1', text: `127.0.0.1:${first.port}` })
    const second = await clientOf('127.0.0.1', '127.0.0.1')
    expect(second).toMatchObject({ seen: '4 127.0.0.1', text: `127.0.0.1:${second.port}` })
  })

  test('IPv6, and IPv4 through a socket of both', async () => {
    const six = await clientOf('::1', '::1')
    expect(six).toMatchObject({ seen: '6 ::1', text: `[::1]:${six.port}` })
    const four = await clientOf('::', '127.0.0.1')
    expect(four).toMatchObject({ seen: '4 127.0.0.1', text: `127.0.0.1:${four.port}` })
  })

  test('a socket that is gone', () => {
    expect(peers.of(peerBitsOf(-1)).ip).toBe('')
  })
})
