/* What of a request decides which host gets it, host by host, with all hosts and without one of them, and with bounded load. */
import { afterAll, beforeAll } from 'bun:test'
import { httpListener } from '../support/configs.ts'
import { AddressedBackend } from './support/addressed-backend.ts'
import { differential } from './support/differential.ts'
import type { Side } from './support/side.ts'

const backend = new AddressedBackend()
beforeAll(() => backend.start())
afterAll(() => backend.close())

const header = (name: string, more: object = {}): object => ({ header: { header_name: name, ...more } })
const cookie = (more: object): object => ({ cookie: { name: 'sid', ...more } })

const POLICIES: Readonly<Record<string, readonly object[]>> = {
  header: [header('x-a')],
  rewritten: [header('x-a', { regex_rewrite: { pattern: { regex: '^v(.)' }, substitution: '\\1\\1' } })],
  'two-headers': [header('x-a'), header('x-b')],
  terminal: [{ ...header('x-a'), terminal: true }, header('x-b')],
  query: [{ query_parameter: { name: 'q' } }],
  source: [{ connection_properties: { source_ip: true } }],
  'source-and-header': [{ connection_properties: { source_ip: true } }, header('x-a')],
  state: [{ filter_state: { key: 'who' } }],
  cookie: [cookie({})],
  'cookie-or-header': [{ ...cookie({}), terminal: true }, header('x-a')],
  path: [header(':path')],
  authority: [header(':authority')],
}

const COOKIES: Readonly<Record<string, readonly object[]>> = {
  session: [cookie({ ttl: '0s' })],
  aged: [cookie({ ttl: '90.7s', path: '/p' })],
  attributes: [
    cookie({
      ttl: '5s',
      path: '/',
      attributes: [{ name: 'SameSite', value: 'Strict' }, { name: 'Secure' }, { name: 'Partitioned', value: '' }],
    }),
  ],
  'not-needed': [{ ...header('x-a'), terminal: true }, cookie({ ttl: '5s' })],
  two: [cookie({ ttl: '5s' }), { cookie: { name: 'other', ttl: '6s', path: '/o' } }],
  'no-ttl': [cookie({ path: '/p' })],
}

const REQUESTS: readonly (readonly [string, readonly string[]])[] = [
  ...['v1', 'v2', 'v3', 'other'].map((value) => ['', [`x-a: ${value}`, 'x-b: b', 'x-who: w']] as const),
  ['', ['x-a: v1', 'x-b: c']],
  ['', ['x-a: v1', 'x-a: v2']],
  ['', ['x-a: v2', 'x-a: v1']],
  ['', ['x-a: v1,v2', 'x-b: b']],
  ['', ['x-b: b', 'x-a:']],
  ['?q=1', ['x-a: v1']],
  ['?q=2&q=1', ['x-a: v1']],
  ['?z=1&q=', ['x-a: v1']],
  ['?q=%31', ['x-a: v1']],
  ['', ['x-a: v1', 'cookie: sid=abc']],
  ['', ['x-a: v1', 'cookie: a=b; sid="abc"; c=d']],
  ['', ['x-a: v1', 'cookie: sid=', 'x-who: a']],
  ['', ['x-a: v1', 'x-who: b']],
]

const cluster = (name: string, policy: string, hosts: readonly number[], more: object = {}): object => ({
  name,
  type: 'STATIC',
  lb_policy: policy,
  load_assignment: {
    cluster_name: name,
    endpoints: [{ lb_endpoints: hosts.map((host) => ({ endpoint: backend.endpoint(host) })) }],
  },
  ...more,
})

const CLUSTERS = ['ring', 'ring-less', 'maglev', 'maglev-less']

const state = {
  name: 'envoy.filters.http.set_filter_state',
  typed_config: {
    '@type': 'type.googleapis.com/envoy.extensions.filters.http.set_filter_state.v3.Config',
    on_request_headers: [
      {
        object_key: 'who',
        factory_key: 'envoy.hashable_string',
        format_string: { text_format_source: { inline_string: '%REQ(x-who)%' } },
        skip_if_empty: true,
      },
    ],
  },
}
const router = {
  name: 'envoy.filters.http.router',
  typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
}

const bootstrap = (policies: Readonly<Record<string, readonly object[]>>, clusters: readonly object[]) => () => ({
  static_resources: {
    listeners: [
      httpListener('front', {
        routes: (clusters as readonly { readonly name: string }[]).flatMap(({ name }) =>
          Object.entries(policies).map(([policy, hash_policy]) => ({
            match: { path: `/${name}/${policy}` },
            route: { cluster: name, hash_policy },
          })),
        ),
        extra: { http_filters: [state, router] },
      }),
    ],
    clusters,
  },
})

async function ask(side: Side, path: string, headers: readonly string[]): Promise<string> {
  const lines = [`GET ${path} HTTP/1.1`, 'host: a.test', ...headers, '', '']
  const [reply] = await side.exchange('front', lines.join('\r\n'))
  return reply?.body.split('.').at(-1) ?? '-'
}

differential('hash policies: the same hosts for the same requests', {
  bootstrap: () =>
    bootstrap(POLICIES, [
      cluster('ring', 'RING_HASH', [1, 2, 3, 4, 5, 6, 7, 8, 9]),
      cluster('ring-less', 'RING_HASH', [1, 2, 3, 5, 6, 7, 8, 9]),
      cluster('maglev', 'MAGLEV', [1, 2, 3, 4, 5, 6, 7, 8, 9], { maglev_lb_config: { table_size: 1009 } }),
      cluster('maglev-less', 'MAGLEV', [1, 2, 3, 5, 6, 7, 8, 9], { maglev_lb_config: { table_size: 1009 } }),
    ])(),
  traffic: async (side) => {
    for (const name of CLUSTERS) {
      for (const policy of Object.keys(POLICIES)) {
        const hosts: string[] = []
        for (const [query, headers] of REQUESTS) {
          // Chance decides where there is nothing to hash.
          const isHashed = policy !== 'state' || headers.some((line) => line.startsWith('x-who'))
          const hasCookie =
            policy !== 'cookie' || headers.some((line) => line.includes('sid=') && !line.endsWith('sid='))
          const hasQuery = policy !== 'query' || query !== ''
          hosts.push(isHashed && hasCookie && hasQuery ? await ask(side, `/${name}/${policy}${query}`, headers) : '*')
        }
        side.note(`${name} ${policy}`, hosts.join(' '))
      }
    }
  },
})

differential('hash policies: cookies that are made', {
  bootstrap: () => bootstrap(COOKIES, [cluster('ring', 'RING_HASH', [1, 2, 3, 4, 5, 6, 7, 8, 9])])(),
  traffic: async (side) => {
    for (const policy of Object.keys(COOKIES)) {
      for (const headers of [[], ['x-a: 1'], ['cookie: sid=1'], ['cookie: sid=1; other=2'], ['cookie: sid=']]) {
        const lines = [`GET /ring/${policy} HTTP/1.1`, 'host: a.test', ...headers, '', '']
        const [reply] = await side.exchange('front', lines.join('\r\n'))
        const made = (reply?.headers ?? []).filter((line) => line.startsWith('set-cookie'))
        // The value depends on the ports of the connection.
        side.note(
          `${policy} ${headers.join()}`,
          made.map((line) => line.replace(/="[0-9a-f]{16}"/, '=<value>')),
        )
      }
    }
  },
})
