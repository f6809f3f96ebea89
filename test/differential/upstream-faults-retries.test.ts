/* Upstreams that cannot be reached, are slow, or break off: with and without retries, on new and on used connections. */
import type { Fault } from './support/fault-case.ts'
import { differentialFaults, getAndPost } from './support/fault-case.ts'

const SOON = { retry_back_off: { base_interval: '0.001s', max_interval: '0.002s' } }
const HEAD = 'HTTP/1.1 200 OK\\r\\n'
const SLOW = `sleep=200;ok`

const BREAKS: Readonly<Record<string, string>> = {
  reset: 'reset',
  fin: 'fin',
  'reset in the head': `send=${HEAD};sleep=40;reset`,
  'fin in the head': `send=${HEAD};sleep=40;fin`,
  'reset in the body': `send=${HEAD}content-length: 9\\r\\n\\r\\n0123;sleep=40;reset`,
  garbage: 'send=garbage\\r\\n\\r\\n;hang',
  '503': 'send=HTTP/1.1 503 No\\r\\ncontent-length: 0\\r\\n\\r\\n',
  '100 and reset': 'send=HTTP/1.1 100 Continue\\r\\n\\r\\n;sleep=40;reset',
  'too many headers': `send=${HEAD}{101*x: 1\\r\\n}\\r\\n;hang`,
}

const prefixed = (first: string): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(BREAKS).map(([name, script]) => [name, `${first}${script}`]))

const REUSED: Partial<Fault> = { times: 3 }

differentialFaults('faults on a connection that served before', getAndPost(prefixed('reuse;'), REUSED))

for (const retry_on of [
  '5xx',
  'reset',
  'reset-before-request',
  'gateway-error',
  'connect-failure',
  'refused-stream',
  'http3-post-connect-failure',
]) {
  const retry = { retry_on, num_retries: 2, ...SOON }
  differentialFaults(`faults and retry_on ${retry_on}`, [
    ...getAndPost(BREAKS, { retry }),
    ...getAndPost(prefixed('once;'), { retry }, ' once'),
    ...getAndPost(prefixed('reuse;'), { retry, times: 3 }, ' on reuse'),
  ])
}

const POLICIES: Readonly<Record<string, object>> = {
  'without retries': {},
  '5xx': { retry: { retry_on: '5xx', num_retries: 2, ...SOON } },
  'connect-failure': { retry: { retry_on: 'connect-failure', num_retries: 2, ...SOON } },
  'reset-before-request': { retry: { retry_on: 'reset-before-request', num_retries: 2, ...SOON } },
  'gateway-error': { retry: { retry_on: 'gateway-error', num_retries: 2, ...SOON } },
}

for (const [name, policy] of Object.entries(POLICIES)) {
  const per = (retry: object | undefined, more: object): object => (retry === undefined ? more : { ...retry, ...more })
  const retry = 'retry' in policy ? (policy.retry as object) : { retry_on: 'never' }
  differentialFaults(`unreachable and slow upstreams: ${name}`, [
    ...getAndPost({ refused: 'ok' }, { ...policy, port: 'dead', times: 2 }),
    ...getAndPost({ 'connect timeout': 'ok' }, { ...policy, port: 'hole', cluster: { connect_timeout: '0.15s' } }),
    ...getAndPost({ 'route timeout': 'hang' }, { ...policy, route: { timeout: '0.1s' } }),
    ...getAndPost({ 'route timeout while connecting': 'ok' }, { ...policy, port: 'hole', route: { timeout: '0.1s' } }),
    ...getAndPost({ 'slow head, per try': SLOW }, { retry: per(retry, { per_try_timeout: '0.1s' }) }),
    ...getAndPost(
      { 'per try while connecting': 'ok' },
      { port: 'hole', retry: per(retry, { per_try_timeout: '0.1s' }), route: { timeout: '0.4s' } },
    ),
    ...getAndPost({ 'per try, once': `once;${SLOW}` }, { retry: per(retry, { per_try_timeout: '0.1s' }) }),
    ...getAndPost({ 'per try idle': SLOW }, { retry: per(retry, { per_try_idle_timeout: '0.1s' }) }),
    ...getAndPost(
      { 'per try idle in the body': `send=${HEAD}content-length: 6\\r\\n\\r\\n012;sleep=200;send=345` },
      { retry: per(retry, { per_try_idle_timeout: '0.1s' }) },
    ),
    ...getAndPost(
      { 'route timeout in the body': `send=${HEAD}content-length: 6\\r\\n\\r\\n012;hang` },
      { ...policy, route: { timeout: '0.1s' } },
    ),
    ...getAndPost({ 'route timeout in the head': `send=${HEAD};hang` }, { ...policy, route: { timeout: '0.1s' } }),
    ...getAndPost(
      { 'timeout after 100': 'send=HTTP/1.1 100 Continue\\r\\n\\r\\n;hang' },
      { ...policy, route: { timeout: '0.1s' } },
    ),
    ...getAndPost(
      { 'per try after 100': 'send=HTTP/1.1 100 Continue\\r\\n\\r\\n;hang' },
      { retry: per(retry, { per_try_timeout: '0.1s' }), route: { timeout: '0.4s' } },
    ),
    ...getAndPost({ 'max duration': 'hang' }, { ...policy, cluster: options({ max_stream_duration: '0.1s' }) }),
    ...getAndPost(
      { 'max duration in the body': `send=${HEAD}content-length: 6\\r\\n\\r\\n012;hang` },
      { ...policy, cluster: options({ max_stream_duration: '0.1s' }) },
    ),
    ...getAndPost({ 'no pending requests': 'ok' }, { ...policy, cluster: limits({ max_pending_requests: 0 }) }),
    ...getAndPost({ 'no requests': 'ok' }, { ...policy, cluster: limits({ max_requests: 0 }) }),
    ...getAndPost({ 'no connections': 'ok' }, { ...policy, cluster: limits({ max_connections: 0 }) }),
    ...getAndPost({ 'no pools': 'ok' }, { ...policy, cluster: limits({ max_connection_pools: 0 }) }),
    ...getAndPost({ 'no retries left': 'reset' }, { ...policy, cluster: limits({ max_retries: 0 }) }),
    ...getAndPost({ 'no hosts': 'ok' }, { ...policy, cluster: { load_assignment: { cluster_name: 'x' } } }),
    ...getAndPost(
      { 'one request a connection': 'ok' },
      { ...policy, times: 2, cluster: options({ max_requests_per_connection: 1 }) },
    ),
    { name: 'bind fails', script: 'ok', ...policy, port: 'dead' as const, cluster: bindTo('192.0.2.1') },
  ])
}

const EARLY = `send=HTTP/1.1 200 OK\\r\\ncontent-length: 3\\r\\n\\r\\nok\\n`
differentialFaults(
  'responses and breaks while the request is still coming',
  Object.entries({
    'early response': `now;${EARLY}`,
    'early response and fin': `now;${EARLY};fin`,
    'early response and reset': `now;${EARLY};sleep=30;reset`,
    'early 413 and fin':
      'now;send=HTTP/1.1 413 Too Large\\r\\nconnection: close\\r\\ncontent-length: 3\\r\\n\\r\\nno\\n;fin',
    'early headers, body later': `now;send=${HEAD}content-length: 3\\r\\n\\r\\n;sleep=250;send=ok\\n`,
    'early part of the body, fin': `now;send=${HEAD}content-length: 9\\r\\n\\r\\nok\\n;fin`,
    'early reset': 'now;reset',
    'early fin': 'now;fin',
    'early garbage': 'now;send=garbage\\r\\n\\r\\n;hang',
    'early 503': 'now;send=HTTP/1.1 503 No\\r\\ncontent-length: 0\\r\\n\\r\\n',
    'early 100': 'now;send=HTTP/1.1 100 Continue\\r\\n\\r\\n;sleep=300;ok',
  }).flatMap(([name, script]): Fault[] => {
    const fault = { name, script, method: 'POST', body: ['one', 'two', 'three'] }
    const retry = { retry_on: '5xx', num_retries: 1, ...SOON }
    return [
      fault,
      { ...fault, name: `${name}, retried`, retry, route: { timeout: '2s' } },
      { ...fault, name: `${name}, never complete`, length: 20, route: { timeout: '0.3s' } },
    ]
  }),
)

function options(common: object): object {
  return {
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
        common_http_protocol_options: common,
        explicit_http_config: { http_protocol_options: {} },
      },
    },
  }
}

function limits(thresholds: object): object {
  return { circuit_breakers: { thresholds: [thresholds] } }
}

function bindTo(address: string): object {
  return { upstream_bind_config: { source_address: { address, port_value: 0 } } }
}
