/*
 * Upstream connections that come from the client's address, beside the real Envoy. Such sockets are transparent, which
 * needs CAP_NET_ADMIN. The clients' addresses are this machine's: packets to others would not come back.
 */
import { test } from 'bun:test'
import { parseIpAddress } from '../../src/network/address.ts'
import { bindListenSocket, closeListenSocket } from '../../src/network/listen-socket.ts'
import { transparentOptions } from '../../src/network/socket-options.ts'
import { httpListener, staticCluster } from '../support/configs.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import type { Side } from './support/side.ts'
import { differential } from './support/differential.ts'
import { exchange, listenerFilter } from './support/listener-case.ts'

const FORMAT = '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%'

function log(name: string): object {
  return fileLog(name, textFormat(FORMAT))
}

const ROUTER = {
  name: 'envoy.filters.http.router',
  typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
}
const HTTP_FILTER = {
  name: 'envoy.filters.http.original_src',
  typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.original_src.v3.OriginalSrc', mark: 7 },
}
const PROXY = listenerFilter('proxy_protocol', 'ProxyProtocol')
const ORIGINAL_SRC = listenerFilter('original_src', 'OriginalSrc', { mark: 5 })

async function send(side: Side, listener: string, ip: string, path: string, more = ''): Promise<void> {
  const header = ip.includes(':') ? `PROXY TCP6 ${ip} ::1 11 22\r\n` : `PROXY TCP4 ${ip} 127.0.0.1 11 22\r\n`
  const request = `GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${more}\r\n`
  const answer = await exchange(side, listener, { pieces: [header + request], waitMs: 2000 })
  side.note(`${listener} ${path}`, answer.slice(0, 20))
}

function canBeTransparent(): boolean {
  const socket = bindListenSocket(parseIpAddress('127.0.0.1', 0), {
    options: transparentOptions(true),
    reusePort: false,
  })
  if (socket.ok) closeListenSocket(socket.fd)
  return socket.ok
}

if (!canBeTransparent()) {
  test.skip('original_src (sockets cannot be transparent here)', () => {})
} else {
  differential('original_src: by the listener filter, by the HTTP filter, for raw connections', {
    backends: ['app', 'raw'],
    bootstrap: (port) => ({
      static_resources: {
        listeners: [
          {
            ...httpListener('http', { extra: { access_log: [log('http')] } }),
            listener_filters: [PROXY, ORIGINAL_SRC],
          },
          {
            ...httpListener('filter', {
              statPrefix: 'filter',
              extra: {
                access_log: [log('filter')],
                http_filters: [HTTP_FILTER, ROUTER],
                use_remote_address: true,
                xff_num_trusted_hops: 1,
              },
            }),
            listener_filters: [PROXY],
          },
          {
            ...httpListener('raw'),
            listener_filters: [PROXY, ORIGINAL_SRC],
            filter_chains: [
              {
                filters: [
                  {
                    name: 'envoy.filters.network.tcp_proxy',
                    typed_config: {
                      '@type': 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
                      stat_prefix: 'raw',
                      cluster: 'raw',
                      access_log: [log('raw')],
                    },
                  },
                ],
              },
            ],
          },
        ],
        clusters: [staticCluster('app', [port('app')]), staticCluster('raw', [port('raw')])],
      },
    }),
    stats:
      /^cluster\.(?:app|raw)\.upstream_(?:cx_(?:total|active|connect_fail|pool_overflow)|rq_(?:total|5xx|pending_failure_eject))/,
    traffic: async (side) => {
      // No two clients share a connection; one client's requests do.
      for (const [index, last] of [2, 3, 2, 3, 4].entries()) await send(side, 'http', `127.0.0.${last}`, `/${index}`)
      await send(side, 'http', '::1', '/other-family')
      await side.noteLog('http', 6)
      for (const [index, last] of [5, 6, 5].entries()) {
        await send(side, 'filter', '127.0.0.1', `/${index}`, `x-forwarded-for: 127.0.0.${last}\r\n`)
      }
      await side.noteLog('filter', 3)
      await send(side, 'raw', '127.0.0.7', '/')
      await side.noteLog('raw', 1)
    },
  })
}
