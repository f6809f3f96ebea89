/*
 * use_original_dst beside the real Envoy. Without a packet filter a connection's destination differs from where it was
 * accepted in one way only: a transparent socket on all addresses. That needs CAP_NET_ADMIN.
 */
import { test } from 'bun:test'
import { parseIpAddress } from '../../src/network/address.ts'
import { bindListenSocket, closeListenSocket } from '../../src/network/listen-socket.ts'
import { direct, httpListener } from '../support/configs.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { rawClient } from '../support/raw-client.ts'
import type { DifferentialCase } from './support/differential.ts'
import { differential } from './support/differential.ts'

const IP_TRANSPARENT = { level: 0, name: 19, value: 1, state: 'STATE_PREBIND', family: 4 } as const
const REQUEST = 'GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n'
const FORMAT =
  '%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT% %DOWNSTREAM_DIRECT_LOCAL_ADDRESS_WITHOUT_PORT% %FILTER_CHAIN_NAME% %RESPONSE_FLAGS%'

function freePort(transparent: boolean): number | undefined {
  const options = { options: transparent ? [IP_TRANSPARENT] : [], reusePort: false }
  const socket = bindListenSocket(parseIpAddress('127.0.0.1', 0), options)
  if (!socket.ok || socket.address.kind !== 'ip') return undefined
  closeListenSocket(socket.fd)
  return socket.address.port
}

function handOver(name: string, wanted: DifferentialCase): void {
  if (freePort(true) === undefined) test.skip(`${name} (sockets cannot be transparent here)`, () => {})
  else differential(name, wanted)
}

function listener(name: string, ip: string, port: number, fields: object = {}): object {
  const log = fileLog(name, textFormat(FORMAT))
  return {
    ...httpListener(name, { statPrefix: name, routes: [direct('/', name)] }),
    stat_prefix: name,
    address: { socket_address: { address: ip, port_value: port } },
    access_log: [log],
    ...fields,
  }
}

const NOWHERE = [{ name: 'nowhere', filter_chain_match: { destination_port: 1 }, filters: [] }]

handOver('hand-over: to the listener of the destination, which need not be bound', {
  bootstrap: () => {
    const port = freePort(false) ?? 0
    return {
      static_resources: {
        listeners: [
          listener('front', '0.0.0.0', port, { transparent: true, use_original_dst: true }),
          listener('two', '127.0.0.2', port, { bind_to_port: false }),
          // It has what it hands over itself: no second hand-over.
          listener('three', '127.0.0.3', port, { bind_to_port: false, use_original_dst: true }),
          listener('four', '127.0.0.4', port, { bind_to_port: false, filter_chains: NOWHERE }),
          listener('other', '127.0.0.5', port + 1, { bind_to_port: false }),
        ],
      },
    }
  },
  stats: /^listener\.(?:front|two|three|four|other)\.(?!.*(?:http|length|accepted))/,
  volatile: /worker_\d/,
  traffic: async (side) => {
    for (const ip of ['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5']) {
      using client = await rawClient(side.proxy.port('front'), ip)
      client.write(REQUEST)
      await client.closed()
      side.note(ip, client.received().split('\r\n\r\n')[1] ?? '')
    }
    for (const name of ['front', 'two', 'three', 'four']) await side.noteLog(name, name === 'front' ? 2 : 1)
  },
})
