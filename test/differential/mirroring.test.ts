/* Copies of requests for other clusters: which policies count, what the copies look like, and what is counted. */
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'

const to = (cluster: string, more: object = {}) => ({ cluster, ...more })

const ROUTES = [
  routeTo('app', '/two', {
    request_mirror_policies: [to('one'), to('two', { disable_shadow_host_suffix_append: true })],
  }),
  routeTo('app', '/changed', {
    prefix_rewrite: '/new',
    host_rewrite_literal: 'new.test',
    request_mirror_policies: [
      to('one', {
        host_rewrite_literal: 'mirror.test',
        request_headers_mutations: [
          { remove: 'x-a' },
          { append: { header: { key: 'x-m', value: '%REQ(x-b)%' } } },
          { remove_on_match: { key_matcher: { prefix: 'x-drop' } } },
        ],
      }),
    ],
  }),
  routeTo('app', '/named', { request_mirror_policies: [{ cluster_header: 'x-mirror' }] }),
  routeTo('app', '/none', {
    request_mirror_policies: [to('one', { runtime_fraction: { default_value: { numerator: 0 } } })],
  }),
  routeTo('app', '/key', {
    request_mirror_policies: [
      to('two', { runtime_fraction: { runtime_key: 'mirror', default_value: { numerator: 0 } } }),
    ],
  }),
  routeTo('app', '/'),
]

/** A backend waits before it answers, so that the copies have arrived by then. */
const SLOWLY = 'x-do: delay=60'

differential('mirrored requests', {
  backends: ['app', 'one', 'two'],
  bootstrap: (port) => ({
    layered_runtime: { layers: [{ name: 'static', static_layer: { mirror: 100 } }] },
    static_resources: {
      listeners: [httpListener('front', { routes: ROUTES, virtualHost: { request_mirror_policies: [to('two')] } })],
      clusters: ['app', 'one', 'two'].map((name) => staticCluster(name, [port(name)])),
    },
  }),
  stats: /^(?:http\.(?:ingress|async-client)|cluster\.(?:app|one|two))\..*rq_(?:total|2xx|active|completed)$/,
  traffic: async (side) => {
    await side.request('two', 'front', 'GET /two?q', 'host: a.test:80', SLOWLY, 'x-forwarded-for: 1.2.3.4')
    const body = `POST /two HTTP/1.1\r\nhost: a.test\r\n${SLOWLY}\r\n`
    await side.send('length', 'front', `${body}content-length: 5\r\n\r\nhello`)
    await side.send('chunks', 'front', `${body}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`)
    await side.request('changed', 'front', 'GET /changed', 'x-a: 1', 'x-b: 2', 'x-drop-me: 3', SLOWLY)
    await side.request('named', 'front', 'GET /named', 'x-mirror: two', SLOWLY)
    await side.request('named by nothing', 'front', 'GET /named', SLOWLY)
    await side.request('named wrongly', 'front', 'GET /named', 'x-mirror: nobody', SLOWLY)
    await side.request('none', 'front', 'GET /none', SLOWLY)
    await side.request('key', 'front', 'GET /key', SLOWLY)
    await side.request('of the virtual host', 'front', 'GET /', 'host: [::1]:80', SLOWLY)
    for (const backend of ['app', 'one', 'two']) side.noteSeen(backend)
  },
})
