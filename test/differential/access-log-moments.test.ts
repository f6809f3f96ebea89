/* Records of HTTP streams before their end: when a request comes, at intervals, and when a tunnel is there. */
import { direct, httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { ALL_OPERATORS, comparable } from './support/all-operators.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import type { Side } from './support/side.ts'

const ROUTER = 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router'
const types = (list: readonly string[], more: object = {}): object => ({
  filter: { log_type_filter: { types: list, ...more } },
})
const TYPE = textFormat('%ACCESS_LOG_TYPE% %REQ(:PATH)% %RESPONSE_CODE%')

function listener(name: string, options: object): object {
  const upstream = {
    upstream_log: [fileLog(`${name}-upstream.log`, ALL_OPERATORS)],
    upstream_log_options: { flush_upstream_log_on_upstream_stream: true, upstream_log_flush_interval: '0.5s' },
  }
  return httpListener(name, {
    statPrefix: name,
    routes: [direct('/direct', 'hello'), routeTo('app')],
    extra: {
      ...options,
      upgrade_configs: [{ upgrade_type: 'websocket' }],
      access_log: [
        fileLog(`${name}.log`, ALL_OPERATORS),
        fileLog(`${name}-types.log`, TYPE),
        fileLog(`${name}-start.log`, TYPE, types(['DownstreamStart', 'DownstreamTunnelSuccessfullyEstablished'])),
        fileLog(`${name}-rest.log`, TYPE, types(['DownstreamStart', 'DownstreamEnd'], { exclude: true })),
      ],
      http_filters: [{ name: 'envoy.filters.http.router', typed_config: { '@type': ROUTER, ...upstream } }],
    },
  })
}

const ALL_MOMENTS = {
  access_log_options: {
    flush_access_log_on_new_request: true,
    flush_log_on_tunnel_successfully_established: true,
    access_log_flush_interval: '0.5s',
  },
}

async function traffic(side: Side): Promise<void> {
  for (const name of ['all', 'old']) {
    await side.request(`${name} fine`, name, 'GET /fine?a=b', 'x-two: 1')
    await side.request(`${name} direct`, name, 'GET /direct')
    await side.request(`${name} slow`, name, 'GET /slow', 'x-do: delay=700')
    using client = await side.connect(name)
    client.write('GET /ws HTTP/1.1\r\nHost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\nx-do: websocket\r\n\r\n')
    await client.until('101')
    client.write('hello')
    await client.until('hello')
    await Bun.sleep(700)
    client.destroy()
    await side.noteLog(`${name}-types.log`, name === 'all' ? 11 : 8)
    side.noteFile(`${name}-start.log`)
    side.noteFile(`${name}-rest.log`)
    for (const [index, line] of (await side.logLines(`${name}.log`, 8)).entries()) {
      side.note(`${name} ${index}`, comparable(line, OF_NOW))
    }
    for (const [index, line] of (await side.logLines(`${name}-upstream.log`, 8)).entries()) {
      side.note(`${name} upstream ${index}`, comparable(line, OF_NOW))
    }
  }
}

/** What went to the client or not yet, by the very moment; and see access-log-operators.test.ts. */
const OF_NOW = /DOWNSTREAM_\w+_BYTES_SENT|DS_CX_BEG|REQUESTED_SERVER_NAME|SERVICE-TIME|DS_TX_BEG/

differential('moments of access logs', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        listener('all', ALL_MOMENTS),
        listener('old', { flush_access_log_on_new_request: true, access_log_flush_interval: '60s' }),
      ],
      clusters: [staticCluster('app', [port('app')])],
    },
  }),
  traffic,
})
