/* Paths and hosts: what routes and redirects make of them, and what later steps see of that. */
import { httpListener, namedEndpointCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'

const SEEN_BY_FORMATS = '%REQ(:path)% %REQ(x-envoy-original-path)% %REQ(:authority)%'
const added = (key: string, value: string) => ({ header: { key, value } })
const regex = (pattern: string, substitution: string) => ({ pattern: { regex: pattern }, substitution })

function weighted(more: object = {}): object {
  const mutations = [added('x-w', 'w-%REQ(:authority)%'), added('x-o', 'w')]
  const cluster = { name: 'app', weight: 1, host_rewrite_literal: 'w.app', request_headers_to_add: mutations }
  return { weighted_clusters: { clusters: [{ ...cluster, ...more }] } }
}

const ROUTES: Readonly<Record<string, object>> = {
  alone: weighted(),
  appended: { ...weighted(), append_x_forwarded_host: true },
  literal: { ...weighted(), host_rewrite_literal: 'lit', append_x_forwarded_host: true },
  automatic: { ...weighted(), auto_host_rewrite: true, append_x_forwarded_host: true },
  header: { ...weighted(), host_rewrite_header: 'x-h', append_x_forwarded_host: true },
  pattern: { ...weighted(), host_rewrite_path_regex: regex('^/([^/?]+).*', '\\1.p') },
  format: { ...weighted(), host_rewrite: 'f-%REQ(:authority)%', append_x_forwarded_host: true },
  'route-alone': { ...weighted({ host_rewrite_literal: '' }), host_rewrite_literal: 'lit' },
  path: { ...weighted(), prefix_rewrite: '/nine' },
  nothing: { cluster: 'app', host_rewrite_path_regex: regex('.*', '') },
  'empty-literal': { cluster: 'app', host_rewrite_literal: '' },
  stars: { cluster: 'app', regex_rewrite: regex('o*', '-') },
  whole: { cluster: 'app', regex_rewrite: regex('(.*)', '/n\\1') },
  away: { cluster: 'app', regex_rewrite: regex('.*', '') },
  query: { cluster: 'app', regex_rewrite: regex('.*', '?z') },
  'prefix-query': { cluster: 'app', prefix_rewrite: '?z' },
  'no-slash': { cluster: 'app', regex_rewrite: regex('.*', 'noslash') },
  'format-query': { cluster: 'app', path_rewrite: '/f%REQ(x-h)%?k=v' },
  'format-hash': { cluster: 'app', path_rewrite: '/f#x' },
  short: { cluster: 'app', timeout: '0.0005s' },
}

differential('rewrites: hosts and paths of requests', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: ['least', 'most'].map((name) =>
        httpListener(name, {
          table: { most_specific_header_mutations_wins: name === 'most' },
          virtualHost: { request_headers_to_add: [added('x-v', 'v-%REQ(:authority)%'), added('x-o', 'v')] },
          routes: Object.entries(ROUTES).map(([path, route]) => ({
            match: { path_separated_prefix: `/${path}` },
            route,
            request_headers_to_add: [added('x-r', `r-${SEEN_BY_FORMATS}`), added('x-o', 'r')],
          })),
        }),
      ),
      clusters: [namedEndpointCluster('app', 'endpoint.host', port('app'))],
    },
  }),
  traffic: async (side) => {
    for (const listener of ['least', 'most']) {
      for (const path of Object.keys(ROUTES)) {
        await side.request(`${listener} ${path}`, listener, `GET /${path}/foo?a=b`, 'x-h: hdr', 'x-do: delay=5')
        await side.request(`${listener} ${path} again`, listener, `GET /${path}`, 'x-forwarded-host: q', 'x-h:')
      }
    }
    side.noteSeen('app')
  },
})

const REDIRECTS: Readonly<Record<string, object>> = {
  regex: { regex_rewrite: regex('/regex', '/rx?k=v') },
  'regex-stripped': { regex_rewrite: regex('/regex', '/rx?k=v'), strip_query: true },
  away: { regex_rewrite: regex('.*', '') },
  prefix: { prefix_rewrite: '/px?k=v' },
  'prefix-stripped': { prefix_rewrite: '/px?k=v', strip_query: true },
  'prefix-port': { prefix_rewrite: '/px', port_redirect: 80 },
  path: { path_redirect: '/pr?k=v', strip_query: true },
  host: { path_redirect: '/pr', host_redirect: 'h.test' },
  format: { path_rewrite: '/f%REQ(x-a)%?k=v' },
  'format-stripped': { path_rewrite: '/f%REQ(x-a)%?k=v', strip_query: true },
  'format-of-nothing': { path_rewrite: '%REQ(x-nope)%', strip_query: true },
  https: { https_redirect: true, strip_query: true },
}

differential('rewrites: redirects', {
  bootstrap: () => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: Object.entries(REDIRECTS).map(([path, redirect]) => ({
            match: { path_separated_prefix: `/${path}` },
            redirect,
            response_headers_to_add: [added('x-p', SEEN_BY_FORMATS)],
          })),
          extra: {
            access_log: [fileLog('access.log', textFormat(`${SEEN_BY_FORMATS} %PATH(WQ)% %PATH(NQ:ORIG)%`))],
          },
        }),
      ],
    },
  }),
  traffic: async (side) => {
    for (const path of Object.keys(REDIRECTS)) {
      await side.request(`/${path}`, 'front', `GET /${path}/t?q=1`, 'x-a: aa')
      await side.request(`/${path} alone`, 'front', `GET /${path}`)
    }
    await side.noteLog('access.log', 2 * Object.keys(REDIRECTS).length)
  },
})
