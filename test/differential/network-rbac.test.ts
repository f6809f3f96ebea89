/* Access control and filter state of connections, in front of a connection manager. */
import { direct, httpListener } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'

const T = 'type.googleapis.com/'
const NETWORK = 'envoy.extensions.matching.common_inputs.network.v3'
const ANY = { any: true }

const typed = (type: string, fields: object = {}) => ({
  name: 'x',
  typed_config: { '@type': `${T}${type}`, ...fields },
})
const range = (prefix: string, length: number) => ({ address_prefix: prefix, prefix_len: length })
const rbac = (fields: object) =>
  typed('envoy.extensions.filters.network.rbac.v3.RBAC', { stat_prefix: 'tcp.', ...fields })
const rules = (principal: object, action = 'ALLOW', permission: object = ANY) => ({
  action,
  policies: { 'the policy': { permissions: [permission], principals: [principal] } },
})
const act = (name: string, action = 'ALLOW') => ({ action: typed('envoy.config.rbac.v3.Action', { name, action }) })
const state = (key: string, factory: string, format: string) => ({
  object_key: key,
  factory_key: factory,
  format_string: { text_format_source: { inline_string: format } },
})
const SET_STATE = typed('envoy.extensions.filters.network.set_filter_state.v3.Config', {
  on_new_connection: [
    state('peer', 'envoy.string', '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%'),
    state('ip', 'envoy.network.ip', '10.0.0.1'),
    state('bad', 'envoy.network.ip', 'none'),
  ],
  on_downstream_data: [state('data', 'envoy.string', 'there was data')],
})
const LOOPBACK = { direct_remote_ip: range('127.0.0.0', 8) }
const FAR = { remote_ip: range('10.0.0.0', 8) }

/** Network filters in front of the connection manager, by the name of the listener. */
const LISTENERS: Readonly<Record<string, readonly object[]>> = {
  allowed: [rbac({ rules: rules(LOOPBACK), shadow_rules: rules(LOOPBACK, 'DENY') })],
  denied: [rbac({ rules: rules(LOOPBACK, 'DENY'), shadow_rules: rules(FAR), shadow_rules_stat_prefix: 'sp' })],
  nobody: [rbac({ rules: rules(FAR) })],
  continuous: [rbac({ rules: rules({ source_ip: range('127.0.0.1', 32) }), enforcement_type: 'CONTINUOUS' })],
  delayed: [rbac({ rules: rules(ANY, 'DENY'), delay_deny: '0.3s' })],
  logged: [rbac({ rules: rules(LOOPBACK, 'LOG') })],
  paths: [rbac({ rules: rules(ANY, 'DENY', { url_path: { path: { prefix: '/' } } }) })],
  empty: [rbac({})],
  names: [rbac({ rules: rules(ANY, 'ALLOW', { requested_server_name: { exact: '' } }) })],
  authenticated: [rbac({ rules: rules({ authenticated: {} }) })],
  state: [SET_STATE, rbac({ rules: rules({ filter_state: { key: 'peer', string_match: { exact: '127.0.0.1' } } }) })],
  address: [
    SET_STATE,
    rbac({ rules: rules({ filter_state: { key: 'ip', address_match: { ranges: [range('10.0.0.0', 8)] } } }) }),
  ],
  matched: [
    rbac({
      matcher: {
        matcher_tree: {
          input: typed(`${NETWORK}.SourceIPInput`),
          exact_match_map: { map: { '127.0.0.1': act('deny it', 'DENY') } },
        },
      },
      shadow_matcher: { on_no_match: act('otherwise', 'LOG') },
    }),
  ],
  condition: [
    rbac({
      rules: {
        policies: {
          p: {
            permissions: [ANY],
            principals: [ANY],
            condition: {
              call_expr: {
                target: { select_expr: { operand: { ident_expr: { name: 'source' } }, field: 'address' } },
                function: 'startsWith',
                args: [{ const_expr: { string_value: '127.' } }],
              },
            },
          },
        },
      },
    }),
  ],
}

const CLOSES: readonly string[] = ['denied', 'nobody', 'delayed', 'authenticated', 'matched']

const CONNECTION =
  '%CONNECTION_TERMINATION_DETAILS% %DYNAMIC_METADATA(envoy.filters.network.rbac)% %DYNAMIC_METADATA(envoy.common)% ' +
  '%FILTER_STATE(peer:PLAIN)% %FILTER_STATE(ip:PLAIN)% %FILTER_STATE(bad:PLAIN)% %FILTER_STATE(data)%'

function listener(name: string, filters: readonly object[]): object {
  const extra = {
    access_log: [fileLog(`${name}.http`, textFormat(`%RESPONSE_CODE% ${CONNECTION}`))],
  }
  const made = httpListener(name, { routes: [direct('/', 'yes')], extra }) as {
    filter_chains: [{ filters: object[] }]
  }
  made.filter_chains[0].filters.unshift(...filters)
  return { ...made, stat_prefix: name, access_log: [fileLog(`${name}.tcp`, textFormat(CONNECTION))] }
}

differential('network RBAC and filter state', {
  bootstrap: () => ({
    static_resources: { listeners: Object.entries(LISTENERS).map(([name, filters]) => listener(name, filters)) },
  }),
  stats: /rbac/,
  traffic: async (side) => {
    const request = 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n'
    for (const name of Object.keys(LISTENERS)) {
      const closes = CLOSES.includes(name)
      await side.send(name, name, closes ? request : request.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'), true)
      await side.noteLog(`${name}.tcp`, 1)
      await side.noteLog(`${name}.http`, closes ? 0 : 1)
    }
  },
})
