/* What virtual clusters and routes with a stat_prefix count, and which rate limits of two levels apply. */
import { httpListener, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { filterEntry } from './support/filter-case.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { OUTCOME } from './support/pieces.ts'

const limit = (descriptor_value: string) => ({ rate_limits: [{ actions: [{ generic_key: { descriptor_value } }] }] })
const bucket = (value: string, max_tokens: number) => ({
  entries: [{ key: 'generic_key', value }],
  token_bucket: { max_tokens, tokens_per_fill: 1, fill_interval: '600s' },
})
const to = (path: string, route: object = {}, more: object = {}) => ({
  match: { path: `/${path}` },
  stat_prefix: path,
  route: { cluster: 'app', ...route },
  ...more,
})
/** Without a timeout, as backends are told what is left of it. */
const RETRIES = {
  timeout: '0s',
  retry_policy: { retry_on: '5xx', num_retries: 2, retry_back_off: { base_interval: '0.001s' } },
}

const ROUTES = [
  to('own', limit('own')),
  to('both', { ...limit('own'), include_vh_rate_limits: true }),
  to('retried', RETRIES),
  to('odd name.x', {}),
  to('slow', { timeout: '0.1s' }),
  to('idle', { timeout: '0s', idle_timeout: '0.2s' }),
  to('duration', { max_stream_duration: { max_stream_duration: '0.2s' } }),
  to('nobody', { cluster: undefined, cluster_header: 'x-none' }),
  to('high', { priority: 'HIGH' }),
  to('buffered', RETRIES, { request_body_buffer_limit: 3 }),
  to('buffered-of-old', RETRIES, { per_request_buffer_limit_bytes: 3 }),
  { match: { path: '/direct' }, stat_prefix: 'direct', direct_response: { status: 204 } },
  { match: { path: '/moved' }, stat_prefix: 'moved', redirect: { path_redirect: '/x' } },
]

const prefixed = (name: string, prefix: string, method?: string) => ({
  name,
  headers: [
    { name: ':path', string_match: { prefix } },
    ...(method === undefined ? [] : [{ name: ':method', string_match: { exact: method } }]),
  ],
})

const LISTENERS = ['inside', 'edge']

differential('stats of virtual clusters and routes, limits of two levels, headers of internal clients', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: LISTENERS.map((name) =>
        httpListener(name, {
          routes: ROUTES,
          table: { internal_only_headers: ['x-secret', 'X-Other'] },
          virtualHost: {
            name: `${name} host`,
            ...limit('host'),
            virtual_clusters: [prefixed('retried', '/re', 'GET'), prefixed('odd.name x', '/o')],
            include_request_attempt_count: true,
          },
          extra: {
            use_remote_address: name === 'edge',
            internal_address_config: { cidr_ranges: [{ address_prefix: '127.0.0.1', prefix_len: 32 }] },
            access_log: [fileLog(`${name}.log`, textFormat(`${OUTCOME} v=%VIRTUAL_CLUSTER_NAME%`))],
            http_filters: [
              filterEntry('local_ratelimit', 'local_ratelimit.v3.LocalRateLimit', {
                stat_prefix: name,
                token_bucket: { max_tokens: 1000, tokens_per_fill: 1000, fill_interval: '600s' },
                filter_enabled: { default_value: { numerator: 100 } },
                filter_enforced: { default_value: { numerator: 100 } },
                descriptors: [bucket('host', 6), bucket('own', 4)],
              }),
              filterEntry('router', 'router.v3.Router'),
            ],
          },
        }),
      ),
      clusters: [staticCluster('app', [port('app')])],
    },
  }),
  stats: /^(?:vhost|(?:inside|edge)\.http_local|cluster\.app\.(?:internal|external|upstream_rq|retry))/,
  volatile: /rq_time/,
  traffic: async (side) => {
    for (const listener of LISTENERS) {
      let sent = 0
      const ask = (line: string, headers: readonly string[] = [], body = '') => {
        const length = body === '' ? [] : [`content-length: ${body.length}`]
        const head = [`${line} HTTP/1.1`, 'host: a', ...headers, ...length, '', body].join('\r\n')
        return side.send(`${listener} ${++sent} ${line} ${headers.join()}`, listener, head)
      }
      await ask('GET /retried', ['x-do: status=503'])
      await ask('GET /retried', ['x-secret: 1', 'x-other: 2'])
      await ask('GET /retried', ['x-secret: 1', 'x-other: 2', 'x-forwarded-for: 1.2.3.4'])
      for (let i = 0; i < 3; i++) await ask('GET /own')
      for (let i = 0; i < 3; i++) await ask('GET /both')
      await ask('GET /own')
      await ask('GET /high')
      await ask('GET /slow', ['x-do: delay=400'])
      await ask('GET /direct')
      await ask('HEAD /moved')
      await ask('GET /none')
      await side.noteLog(`${listener}.log`, sent)
    }
  },
})

differential('stats of routes that end early, and of bodies that are too long to be kept', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: ROUTES,
          virtualHost: { virtual_clusters: [prefixed('all', '/')] },
          extra: { access_log: [fileLog('access.log', textFormat(`${OUTCOME} v=%VIRTUAL_CLUSTER_NAME%`))] },
        }),
      ],
      clusters: [staticCluster('app', [port('app')])],
    },
  }),
  stats: /^(?:vhost|cluster\.app\.(?:internal|external|upstream_rq|retry)|http\.ingress\.(?:downstream_rq|no_|rq_))/,
  volatile: /rq_time/,
  traffic: async (side) => {
    await side.request('idle', 'front', 'GET /idle', 'x-do: delay=600')
    await side.request('duration', 'front', 'GET /duration', 'x-do: delay=600')
    await side.request('slow', 'front', 'GET /slow', 'x-do: delay=400')
    await side.request('nobody', 'front', 'GET /nobody')
    for (const path of ['buffered', 'buffered-of-old', 'retried']) {
      for (const body of ['ab', 'abcdef']) {
        for (const order of ['status=503', 'status=200']) {
          const head = `POST /${path} HTTP/1.1\r\nhost: a\r\nx-do: ${order}\r\ncontent-length: ${body.length}\r\n\r\n`
          await side.send(`${path} ${body} ${order}`, 'front', `${head}${body}`)
        }
      }
    }
    side.noteSeen('app')
    await side.noteLog('access.log', 16)
  },
})
