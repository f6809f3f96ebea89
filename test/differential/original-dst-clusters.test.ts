/* Clusters whose requests say where they go: by header, metadata and filter state, over HTTP and TCP. */
import { httpListener, routeTo } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { OUTCOME } from './support/pieces.ts'

const TYPES = 'type.googleapis.com/envoy.extensions'
const STATE = 'envoy.network.transport_socket.original_dst_address'

const cluster = (name: string, original_dst_lb_config: object = {}, more: object = {}) => ({
  name,
  connect_timeout: '1s',
  type: 'ORIGINAL_DST',
  lb_policy: 'CLUSTER_PROVIDED',
  original_dst_lb_config,
  ...more,
})

const stateFrom = (field: string, text: string) => ({
  [field]: [
    {
      object_key: STATE,
      format_string: { text_format_source: { inline_string: text }, omit_empty_values: true },
      skip_if_empty: true,
    },
  ],
})

const FILTERS = [
  {
    name: 'metadata',
    typed_config: {
      '@type': `${TYPES}.filters.http.header_to_metadata.v3.Config`,
      request_rules: [{ header: 'x-meta', on_header_present: { metadata_namespace: 'where', key: 'to' } }],
    },
  },
  {
    name: 'state',
    typed_config: {
      '@type': `${TYPES}.filters.http.set_filter_state.v3.Config`,
      ...stateFrom('on_request_headers', '%REQ(X-STATE)%'),
    },
  },
  { name: 'router', typed_config: { '@type': `${TYPES}.filters.http.router.v3.Router` } },
]

const tcpListener = (name: string, where: string) => ({
  name,
  address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
  filter_chains: [
    {
      filters: [
        {
          name: 'state',
          typed_config: {
            '@type': `${TYPES}.filters.network.set_filter_state.v3.Config`,
            ...stateFrom('on_new_connection', where),
          },
        },
        {
          name: 'tcp',
          typed_config: {
            '@type': `${TYPES}.filters.network.tcp_proxy.v3.TcpProxy`,
            stat_prefix: name,
            cluster: 'plain',
            access_log: [fileLog('tcp.log', textFormat('%RESPONSE_FLAGS% %UPSTREAM_HOST% %UPSTREAM_CLUSTER%'))],
          },
        },
      ],
    },
  ],
})

const HEADER = { use_http_header: true }
const INVALID = [
  'nonsense',
  '127.0.0.1',
  'localhost:80',
  '127.0.0.1:99999',
  '1.2.3.4:80, 5.6.7.8:90',
  '::1:80',
  '01.2.3.4:5',
]

differential('clusters of type ORIGINAL_DST', {
  backends: ['first', 'second'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [
            ...['plain', 'header', 'named', 'metadata'].map((name) => routeTo(name, `/${name}`)),
            routeTo('port', '/port', { auto_host_rewrite: true }),
          ],
          extra: { http_filters: FILTERS, access_log: [fileLog('access.log', textFormat(OUTCOME))] },
        }),
        {
          ...httpListener('proxied', { routes: [routeTo('plain')] }),
          listener_filters: [
            {
              name: 'proxy_protocol',
              typed_config: { '@type': `${TYPES}.filters.listener.proxy_protocol.v3.ProxyProtocol` },
            },
          ],
        },
        tcpListener('tcp', `127.0.0.1:${port('second')}`),
        tcpListener('nowhere', 'nowhere'),
      ],
      clusters: [
        cluster('plain'),
        cluster('header', HEADER),
        cluster('named', { ...HEADER, http_header_name: 'X-Where' }),
        cluster('port', { ...HEADER, upstream_port_override: port('second') }),
        cluster('metadata', { ...HEADER, metadata_key: { key: 'where', path: [{ key: 'to' }] } }),
      ],
    },
  }),
  stats: /^cluster\.(?:plain|header|named|port|metadata)\./,
  volatile: /_ms$|_time$|bytes|rq_per_cx|upstream_cx_destroy|cx_active/,
  traffic: async (side) => {
    const to = (name: string): string => {
      const [port] = [...side.places.ports].find(([, place]) => place === name) ?? []
      return `127.0.0.1:${port}`
    }
    const header = (address: string): string => `x-envoy-original-dst-host: ${address}`
    // A thread of Envoy's makes a host again until it has heard that there is one: by way of the main thread, as the admin server.
    const ask = async (...request: Parameters<typeof side.request>): Promise<void> => {
      await side.request(...request)
      await side.proxy.admin('/clusters')
      await Bun.sleep(10)
    }
    await ask('nobody says', 'front', 'GET /plain', header(to('first')))
    await ask('header', 'front', 'GET /header/1', header(to('first')))
    await ask('other host', 'front', 'GET /header/2', header(to('second')))
    await ask('first of two', 'front', 'GET /header/3', header(to('first')), header(to('second')))
    await ask('same host', 'front', 'GET /header/4', header(to('first')))
    await ask('no header', 'front', 'GET /header/5')
    await ask('nobody there', 'front', 'GET /header/6', header('127.0.0.1:1'))
    for (const text of INVALID) await ask(`invalid ${text}`, 'front', 'GET /header/7', header(text))
    await ask('name', 'front', 'GET /named/1', `x-where: ${to('second')}`)
    await ask('other name', 'front', 'GET /named/2', header(to('second')))
    await ask('port', 'front', 'GET /port', header('127.0.0.1:1'))
    await ask('metadata', 'front', 'GET /metadata/1', `x-meta: ${to('second')}`, header(to('first')))
    await ask('no metadata', 'front', 'GET /metadata/2', header(to('first')))
    await ask('invalid metadata', 'front', 'GET /metadata/3', 'x-meta: 1', header(to('first')))
    await ask('state', 'front', 'GET /metadata/4', `x-state: ${to('first')}`, `x-meta: ${to('second')}`)
    await ask('invalid state', 'front', 'GET /plain/2', 'x-state: first')
    for (const name of ['first', 'second']) {
      const preface = `PROXY TCP4 127.0.0.1 127.0.0.1 999 ${to(name).slice('127.0.0.1:'.length)}\r\n`
      await side.send(`restored ${name}`, 'proxied', `${preface}GET /restored HTTP/1.1\r\nhost: a.test\r\n\r\n`)
      await side.proxy.admin('/clusters')
    }
    await side.send('tcp', 'tcp', 'GET /tcp HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\n\r\n')
    await side.exchange('nowhere', 'GET /nowhere HTTP/1.1\r\nhost: a.test\r\n\r\n', true)
    for (const backend of ['first', 'second']) side.noteSeen(backend)
    await side.noteLog('access.log', 22)
    await side.noteLog('tcp.log', 2)
    await side.noteAdmin('/clusters', (text) =>
      text
        .split('\n')
        .filter((line) => /hostname|health_flags|rq_|weight/.test(line))
        .sort(),
    )
  },
})
