/* Ports of CONNECT requests: routes are looked up without one that is to be stripped, the upstream gets it all the same. */
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'

const upgrade_configs = [{ upgrade_type: 'CONNECT' }]
const MANAGERS: Readonly<Record<string, object>> = {
  kept: { upgrade_configs },
  any: { strip_any_host_port: true, upgrade_configs },
  matching: { strip_matching_host_port: true, upgrade_configs },
  dots: { strip_any_host_port: true, strip_trailing_host_dot: true, upgrade_configs },
  refused: { strip_any_host_port: true },
  websocket: { upgrade_configs: [{ upgrade_type: 'websocket' }] },
  both: { upgrade_configs: [{ upgrade_type: 'websocket' }, { upgrade_type: 'CONNECT' }] },
  'refused-matching': { strip_matching_host_port: true },
  mutated: {
    strip_any_host_port: true,
    upgrade_configs,
    http_filters: [
      {
        name: 'mutation',
        typed_config: {
          '@type': 'type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutation',
          mutations: { request_mutations: [{ append: { header: { key: 'x-seen', value: '%REQ(:AUTHORITY)%' } } }] },
        },
      },
      {
        name: 'router',
        typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
      },
    ],
  },
}

const connect = (value: string, route: object): object => ({
  match: { connect_matcher: {}, headers: [{ name: 'x-case', string_match: { exact: value } }] },
  ...route,
})
const to = (cluster: string, more: object = {}): object => ({ route: { cluster, ...more } })
const CASES: Readonly<Record<string, object>> = {
  plain: to('app'),
  literal: to('app', { host_rewrite_literal: 'literal.test' }),
  'literal-port': to('app', { host_rewrite_literal: 'literal.test:99' }),
  header: to('app', { host_rewrite_header: 'x-host' }),
  auto: to('named', { auto_host_rewrite: true }),
  appended: to('app', { host_rewrite_literal: 'literal.test', append_x_forwarded_host: true }),
  added: {
    ...to('app'),
    request_headers_to_add: [{ header: { key: 'x-host-now', value: '%REQ(:AUTHORITY)%' } }],
    response_headers_to_add: [{ header: { key: 'x-host-then', value: '%REQ(:AUTHORITY)%' } }],
  },
  retried: to('app', {
    retry_policy: { retry_on: '5xx', num_retries: 1, retry_back_off: { base_interval: '0.001s' } },
  }),
  dead: to('dead'),
  empty: to('empty'),
  missing: to('missing'),
  direct: { direct_response: { status: 403 } },
  redirect: { redirect: { path_redirect: '/x' } },
  mirrored: to('app', { request_mirror_policies: [{ cluster: 'shadow' }] }),
}
const TARGETS = ['a.test.:443', '[::1]:80', 'a.test:080', 'a.test:99999', 'nowhere.test:80']
const BROKEN = ['a.test', 'a.test:', 'a.test:x', '[::1]', '::1:80']

const named = staticCluster('named', []) as { readonly load_assignment: object }

differential('ports of CONNECT', {
  backends: ['app', 'shadow'],
  bootstrap: (port) => {
    const address = { socket_address: { address: '127.0.0.1', port_value: port('app') } }
    const endpoints = [{ lb_endpoints: [{ endpoint: { hostname: 'named.test', address } }] }]
    return {
      static_resources: {
        listeners: Object.entries(MANAGERS).map(([name, manager]) =>
          httpListener(name, {
            statPrefix: name,
            virtualHost: { domains: ['a.test', '[::1]', 'b.test', 'a.test.'] },
            routes: [...Object.entries(CASES).map(([value, route]) => connect(value, route)), routeTo('app')],
            table: { validate_clusters: false },
            extra: {
              access_log: [
                fileLog(`${name}.log`, textFormat('%REQ(:AUTHORITY)% %REQ(x-case)% %RESPONSE_CODE_DETAILS%')),
              ],
              delayed_close_timeout: '0.05s',
              ...manager,
            },
          }),
        ),
        clusters: [
          staticCluster('app', [port('app')]),
          staticCluster('shadow', [port('shadow')]),
          staticCluster('dead', [1]),
          staticCluster('empty', []),
          { ...named, load_assignment: { cluster_name: 'named', endpoints } },
        ],
      },
    }
  },
  traffic: async (side) => {
    for (const name of Object.keys(MANAGERS)) {
      let lines = 0
      const ask = async (target: string, value: string, order = 'status=200'): Promise<void> => {
        using client = await side.connect(name)
        const head = ['host: b.test', `x-case: ${value}`, 'x-host: header.test', `x-do: ${order}`].join('\r\n')
        client.write(`CONNECT ${target} HTTP/1.1\r\n${head}\r\n\r\n`)
        const received = (await client.until('\r\n\r\n')).split('\r\n\r\n')[0]
        side.note(`${name} ${target} ${value} ${order}`, received)
        client.destroy()
        await side.logLines(`${name}.log`, ++lines)
      }
      for (const value of Object.keys(CASES)) await ask('a.test:80', value)
      await ask('a.test:80', 'retried', 'fail=1')
      for (const target of [...TARGETS, ...BROKEN]) await ask(target, 'plain')
      await side.noteLog(`${name}.log`, lines)
    }
    side.noteSeen('app')
    side.noteSeen('shadow')
    // Who asks for both asks for the upgrade.
    for (const [name, token] of ['kept', 'refused', 'websocket', 'both'].flatMap((each) => [
      [each, 'websocket'],
      [each, 'foo'],
    ])) {
      using client = await side.connect(name!)
      const head = ['host: b.test', 'x-case: plain', 'connection: upgrade', `upgrade: ${token}`, 'x-do: status=200']
      client.write(`CONNECT a.test:80 HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n`)
      side.note(`${name}: CONNECT and ${token}`, (await client.until('\r\n\r\n')).split('\r\n\r\n')[0])
    }
  },
})
