/* Small network filters in front of each other: who answers, who closes, what is counted and logged. */
import { staticCluster } from '../support/configs.ts'
import type { RawClient } from '../support/raw-client.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import type { Side } from './support/side.ts'

const TYPES = 'type.googleapis.com/envoy.extensions.filters.network'
const LOG =
  '%RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% rx=%BYTES_RECEIVED% tx=%BYTES_SENT% cluster=%UPSTREAM_CLUSTER% ' +
  'down=%DOWNSTREAM_LOCAL_CLOSE_REASON% %DOWNSTREAM_DETECTED_CLOSE_TYPE% termination=%CONNECTION_TERMINATION_DETAILS% ' +
  'state=%FILTER_STATE(k:PLAIN)% rbac=%DYNAMIC_METADATA(envoy.filters.network.rbac)%'

function filter(name: string, type: string, config: object = {}): object {
  return { name: `envoy.filters.network.${name}`, typed_config: { '@type': `${TYPES}.${name}.v3.${type}`, ...config } }
}

const ECHO = filter('echo', 'Echo')
const answer = (text?: string): object =>
  filter('direct_response', 'Config', text === undefined ? {} : { response: { inline_string: text } })
const limit = (prefix: string, more: object): object =>
  filter('connection_limit', 'ConnectionLimit', { stat_prefix: prefix, max_connections: 1, ...more })
const rate = (prefix: string, more: object = {}): object =>
  filter('local_ratelimit', 'LocalRateLimit', {
    stat_prefix: prefix,
    token_bucket: { max_tokens: 1, fill_interval: '60s' },
    ...more,
  })
const rbac = (prefix: string, action: string, port: number, more: object = {}): object =>
  filter('rbac', 'RBAC', {
    stat_prefix: prefix,
    rules: {
      action,
      policies: {
        p: { permissions: [{ any: true }], principals: [port === 0 ? { any: true } : { not_id: { any: true } }] },
      },
    },
    ...more,
  })
const state = (text: string): object =>
  filter('set_filter_state', 'Config', {
    on_new_connection: [
      {
        object_key: 'k',
        factory_key: 'envoy.string',
        format_string: { text_format_source: { inline_string: text } },
      },
    ],
  })
const tcp = (cluster: string): object => filter('tcp_proxy', 'TcpProxy', { stat_prefix: cluster, cluster })

const CHAINS: Readonly<Record<string, readonly object[]>> = {
  echo: [ECHO],
  answer: [answer('hello')],
  'empty answer': [answer()],
  'limited answer': [limit('answer', {}), answer('hello')],
  'limited echo': [limit('echo', {}), ECHO],
  'slow limit': [limit('slow', { delay: '0.1s' }), ECHO],
  'limit that is off': [limit('off', { runtime_enabled: { default_value: false, runtime_key: 'a' } }), ECHO],
  'rate limited': [rate('rate'), ECHO],
  'rate limit that is off': [rate('rate_off', { runtime_enabled: { default_value: false, runtime_key: 'a' } }), ECHO],
  'both limits': [limit('both', {}), rate('both'), ECHO],
  allowed: [rbac('allowed', 'ALLOW', 0), ECHO],
  denied: [rbac('denied', 'DENY', 0), ECHO],
  'not allowed': [rbac('not_allowed', 'ALLOW', 1), ECHO],
  'denied, answer': [rbac('denied_answer', 'DENY', 0), answer('hello')],
  'denied, later': [rbac('later', 'DENY', 0, { delay_deny: '0.1s' }), ECHO],
  'asked for each piece': [rbac('each', 'ALLOW', 0, { enforcement_type: 'CONTINUOUS' }), ECHO],
  state: [state('%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%'), ECHO],
  'state, then more': [state('first'), state('second'), rbac('state', 'ALLOW', 0), ECHO],
  'no cluster': [tcp('none')],
  'no name, no cluster': [filter('sni_cluster', 'SniCluster'), tcp('dead')],
}

const chains = Object.keys(CHAINS).map((name, i) => [`c${i}`, name, CHAINS[name]!] as const)

async function talk(client: RawClient): Promise<string> {
  client.write('one')
  await Bun.sleep(60)
  client.write('two')
  await Bun.sleep(60)
  client.end()
  const closed = await client.closed(500).then(
    () => 'closed',
    () => 'open',
  )
  return `${client.received()} ${closed}`
}

async function traffic(side: Side): Promise<void> {
  for (const [id, name] of chains) {
    using first = await side.connect(id)
    await Bun.sleep(20)
    using second = await side.connect(id)
    side.note(name, await Promise.all([talk(first), talk(second)]))
    using third = await side.connect(id)
    side.note(`${name}, afterwards`, await talk(third))
    first.destroy()
    second.destroy()
    third.destroy()
    await side.noteLog(`${id}.log`, 3)
  }
}

differential('small network filters', {
  bootstrap: () => ({
    static_resources: {
      listeners: chains.map(([id, , filters]) => ({
        name: id,
        stat_prefix: id,
        access_log: [fileLog(`${id}.log`, textFormat(LOG))],
        address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
        filter_chains: [{ filters }],
      })),
      clusters: [staticCluster('dead', [1])],
    },
  }),
  stats: /^(?:listener\.c\d+|connection_limit|local_rate_limit|tcp|[a-z_]*rbac)\.|rbac/,
  // What counts below zero in Envoy, and what is read before there is an upstream.
  volatile: /length_ms|worker|per_socket_event|limit\.off\.active|dead.*rx_bytes/,
  traffic,
})
