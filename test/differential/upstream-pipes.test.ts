/* Hosts that are pipes, beside the real Envoy: what is for IP sockets alone does not keep connections from them. */
import { direct, httpListener, routeTo } from '../support/configs.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { differential } from './support/differential.ts'
import { exchange } from './support/listener-case.ts'

const PORTS = '[%UPSTREAM_LOCAL_PORT%] [%UPSTREAM_REMOTE_PORT%]'
const LOCAL = '[%UPSTREAM_LOCAL_ADDRESS%] [%UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%]'
const REMOTE = '[%UPSTREAM_REMOTE_ADDRESS%] [%UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%] [%UPSTREAM_HOST%]'

const JSON_FORMAT = { json_format: { local: '%UPSTREAM_LOCAL_PORT%', remote: '%UPSTREAM_REMOTE_PORT%' } }
const ACCESS_LOG = [
  fileLog('text', textFormat(`%REQ(:PATH)% %RESPONSE_CODE% ${LOCAL} ${REMOTE} ${PORTS}`)),
  fileLog('json', { log_format: JSON_FORMAT }),
]

function cluster(name: string, fields: object): object {
  const endpoint = { address: { pipe: { path: '{folder}/pipe' } } }
  return {
    name,
    type: 'STATIC',
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint }] }] },
    ...fields,
  }
}

const SOURCE = { source_address: { address: '127.0.0.3', port_value: 0 } }
const CLUSTERS: Readonly<Record<string, object>> = {
  plain: {},
  bound: { upstream_bind_config: SOURCE },
  free: { upstream_bind_config: { ...SOURCE, freebind: true } },
  alive: { upstream_connection_options: { tcp_keepalive: {} } },
  option: {
    upstream_bind_config: { ...SOURCE, socket_options: [{ level: 99, name: 1, int_value: 1, state: 'STATE_PREBIND' }] },
  },
}
const names = Object.keys(CLUSTERS)

differential('hosts that are pipes: source addresses and options of sockets', {
  bootstrap: () => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: names.map((name) => routeTo(name, `/${name}`)),
          extra: { access_log: ACCESS_LOG },
        }),
        {
          ...httpListener('back', { statPrefix: 'back', routes: [direct('/', 'back')] }),
          address: { pipe: { path: '{folder}/pipe' } },
        },
      ],
      clusters: names.map((name) => cluster(name, CLUSTERS[name]!)),
    },
  }),
  stats: /^cluster\.[a-z]+\.upstream_(?:cx_(?:total|connect_fail)|rq_(?:total|5xx|pending_failure_eject))/,
  traffic: async (side) => {
    for (const name of names) {
      const request = `GET /${name} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`
      side.note(name, await exchange(side, 'front', { pieces: [request], waitMs: 2000 }))
    }
    await side.noteLog('text', names.length)
    await side.noteLog('json', names.length)
  },
})
