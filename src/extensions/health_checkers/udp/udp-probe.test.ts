import { describe, expect, test } from 'bun:test'
import { SimulatedDispatcher } from '../../../event/simulated-dispatcher.ts'
import { parseIpAddress } from '../../../network/address.ts'
import type { DatagramCallbacks, DatagramOptions, OpenDatagrams } from '../../../network/datagram-socket.ts'
import type { CheckedHost } from '../../../upstream/health-check/custom-health-check.ts'
import { UdpProbe } from './udp-probe.ts'

const CONFIG = { send: Buffer.from('ping'), receive: Buffer.from('pong') }

interface FakeSocket {
  readonly options: DatagramOptions
  readonly sent: string[]
  receive(text: string): void
  fail(): void
  closed: boolean
}

function probe(sourceAddress?: string, works: () => boolean = () => true) {
  const dispatcher = new SimulatedDispatcher()
  const sockets: FakeSocket[] = []
  const results: string[] = []
  const open: OpenDatagrams = (_dispatcher, options, callbacks: DatagramCallbacks) => {
    if (!works()) return undefined
    const socket: FakeSocket = {
      options,
      sent: [],
      closed: false,
      receive: (text) => callbacks.onDatagram(Buffer.from(text)),
      fail: () => callbacks.onError(),
    }
    sockets.push(socket)
    return {
      send: (bytes) => void socket.sent.push(Buffer.from(bytes).toString()),
      close: () => (socket.closed = true),
    }
  }
  const host = {
    address: parseIpAddress('127.0.0.1', 53),
    sourceAddress: sourceAddress === undefined ? undefined : parseIpAddress(sourceAddress, 5353),
    socketOptions: [],
    results: {
      succeeded: () => results.push('well'),
      failed: ({ type }: { readonly type: string }) => results.push(type),
      excluded: () => undefined,
    },
  } as unknown as CheckedHost
  const udp = new UdpProbe(CONFIG, dispatcher, host, open)
  const ask = (): void => {
    udp.ask()
    dispatcher.advance(0)
  }
  return { udp, ask, sockets, results }
}

describe('health checks by datagrams', () => {
  test('the one that is wanted is well, others say nothing', () => {
    const { ask, sockets, results } = probe()
    ask()
    expect([sockets[0]!.sent, sockets[0]!.options.mostBytes]).toEqual([['ping'], 5])
    sockets[0]!.receive('pon')
    sockets[0]!.receive('pongs')
    expect(results).toEqual([])
    sockets[0]!.receive('pong')
    sockets[0]!.receive('pong')
    expect(results).toEqual(['well'])
  })

  test('each question has a socket, and the one before stays until then', () => {
    const { ask, sockets, results, udp } = probe()
    ask()
    sockets[0]!.receive('pong')
    expect(sockets[0]!.closed).toBe(false)
    ask()
    expect(sockets.map(({ closed }) => closed)).toEqual([true, false])
    sockets[0]!.receive('pong')
    expect(results).toEqual(['well'])
    udp.close()
    expect(sockets[1]!.closed).toBe(true)
  })

  test('after a timeout an answer is none any more', () => {
    const { ask, sockets, results, udp } = probe()
    ask()
    udp.onTimeout()
    sockets[0]!.receive('pong')
    expect(results).toEqual([])
  })

  test('a port where nobody listens, and no socket at all, are network failures', () => {
    let works = true
    const { ask, sockets, results } = probe(undefined, () => works)
    ask()
    sockets[0]!.fail()
    works = false
    ask()
    expect(results).toEqual(['NETWORK', 'NETWORK'])
    // Its port is still taken.
    expect(sockets[0]!.closed).toBe(false)
  })

  test('a source port of its own is given back before it is taken again', () => {
    const { ask, sockets, udp } = probe('127.0.0.2')
    ask()
    udp.onTimeout()
    ask()
    expect(sockets.map(({ closed }) => closed)).toEqual([true, false])
  })
})
