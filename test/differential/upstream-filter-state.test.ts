/* Objects that filters share with upstream connections: whose they are, and where they show. */
import { direct, httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import type { Side } from './support/side.ts'

const EXTENSIONS = 'type.googleapis.com/envoy.extensions.filters'
const LINE = textFormat(
  '%REQ(:PATH)% %UPSTREAM_FILTER_STATE(shared)% %UPSTREAM_FILTER_STATE(shared:PLAIN):3% %UPSTREAM_FILTER_STATE(own)% ' +
    '%UPSTREAM_FILTER_STATE(of-connection:PLAIN)% %FILTER_STATE(shared:PLAIN)% %FILTER_STATE(own:PLAIN)% ' +
    "%CEL(upstream_filter_state['shared'])% %CEL('own' in upstream_filter_state)%",
)

const state = (object_key: string, format: string, shared_with_upstream = 'NONE'): object => ({
  object_key,
  factory_key: 'envoy.string',
  format_string: { text_format_source: { inline_string: format } },
  shared_with_upstream,
})

const NETWORK_STATE = {
  name: 'network-state',
  typed_config: {
    '@type': `${EXTENSIONS}.network.set_filter_state.v3.Config`,
    on_new_connection: [state('of-connection', '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%', 'TRANSITIVE')],
  },
}

const HTTP_STATE = {
  name: 'http-state',
  typed_config: {
    '@type': `${EXTENSIONS}.http.set_filter_state.v3.Config`,
    on_request_headers: [state('shared', 'of %REQ(:PATH)%', 'ONCE'), state('own', '%REQ(:METHOD)%')],
  },
}

const ROUTER = {
  name: 'router',
  typed_config: { '@type': `${EXTENSIONS}.http.router.v3.Router`, upstream_log: [fileLog('upstream.log', LINE)] },
}

function inFrontOf(listener: object, first: object): object {
  const { filter_chains: chains } = listener as { filter_chains: readonly { filters: readonly object[] }[] }
  return { ...listener, filter_chains: chains.map(({ filters }) => ({ filters: [first, ...filters] })) }
}

function tcpListener(cluster: string): object {
  const typed_config = {
    '@type': `${EXTENSIONS}.network.tcp_proxy.v3.TcpProxy`,
    stat_prefix: cluster,
    cluster,
    access_log: [fileLog(`tcp-${cluster}.log`, LINE)],
  }
  return {
    name: `tcp-${cluster}`,
    address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
    filter_chains: [{ filters: [NETWORK_STATE, { name: 'tcp', typed_config }] }],
  }
}

async function traffic(side: Side): Promise<void> {
  await side.request('first', 'front', 'GET /first')
  await side.request('second', 'front', 'GET /second')
  await side.request('other host', 'front', 'GET /other')
  await side.request('nobody', 'front', 'GET /dead')
  await side.request('direct', 'front', 'GET /direct')
  await side.noteLog('access.log', 5)
  await side.noteLog('upstream.log', 4)
  await side.send('tcp', 'tcp-app', 'GET / HTTP/1.1\r\nhost: a\r\nx-do: close\r\n\r\n', true)
  await side.noteLog('tcp-app.log', 1)
  using client = await side.connect('tcp-dead')
  await client.closed()
  await side.noteLog('tcp-dead.log', 1)
}

differential('filter state of upstream connections', {
  backends: ['app', 'other'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        inFrontOf(
          httpListener('front', {
            routes: [direct('/direct', 'x'), routeTo('other', '/other'), routeTo('dead', '/dead'), routeTo('app')],
            extra: { http_filters: [HTTP_STATE, ROUTER], access_log: [fileLog('access.log', LINE)] },
          }),
          NETWORK_STATE,
        ),
        tcpListener('app'),
        tcpListener('dead'),
      ],
      clusters: [
        staticCluster('app', [port('app')]),
        staticCluster('other', [port('other')]),
        staticCluster('dead', [1]),
      ],
    },
  }),
  traffic,
})
