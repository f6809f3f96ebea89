/* Every response flag that HTTP/1 and TCP can give: short, long, and what the filter of access logs makes of it. */
import { afterAll, beforeAll } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { DnsServer } from '../support/dns-server.ts'
import type { SeenLines } from '../support/flag-cases.ts'
import { FLAG_CASES, runFlagCase } from '../support/flag-cases.ts'
import { FLAG_BOOTSTRAP, flagResources, prepareFlags } from '../support/flag-proxy.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { dnsCluster } from './support/pieces.ts'
import type { Side } from './support/side.ts'

const LINE = textFormat(
  '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_FLAGS_LONG% %RESPONSE_CODE_DETAILS% ' +
    '%UPSTREAM_TRANSPORT_FAILURE_REASON% <%CUSTOM_FLAGS%>',
)
const TCP_LINE = textFormat('%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_FLAGS_LONG% %CONNECTION_TERMINATION_DETAILS%')

const FAULT = 'type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault'
const LIMIT = 'type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit'
const HEALTH = 'type.googleapis.com/envoy.extensions.filters.http.health_check.v3.HealthCheck'
const ROUTER = 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router'
const TCP_PROXY = 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy'

const all = { percentage: { numerator: 100 } }
const fault = (settings: object): object => ({ '@type': FAULT, ...settings })
const faulty = (prefix: string, settings: object): object => ({
  ...routeTo('app', prefix),
  typed_per_filter_config: { 'envoy.filters.http.fault': fault(settings) },
})

const limit = (settings: object): object => ({ '@type': LIMIT, stat_prefix: 'limit', ...settings })
const health = { pass_through_mode: false, headers: [{ name: ':path', string_match: { exact: '/health' } }] }

const retries = (on: string): object => ({ retry_policy: { retry_on: on, num_retries: 1 } })

const ROUTES = [
  { match: { prefix: '/none', headers: [{ name: 'x-never', present_match: true }] }, route: { cluster: 'app' } },
  routeTo('empty', '/UH'),
  routeTo('dead', '/UF'),
  routeTo('dead', '/URX-UF', retries('connect-failure')),
  routeTo('app', '/URX-503', retries('5xx')),
  routeTo('app', '/URX-UT', { ...retries('5xx'), timeout: '0.2s' }),
  routeTo('app', '/per-try', { retry_policy: { retry_on: '5xx', num_retries: 1, per_try_timeout: '0.1s' } }),
  routeTo('app', '/per-idle', { retry_policy: { retry_on: 'x', per_try_idle_timeout: '0.1s' } }),
  routeTo('app', '/UT', { timeout: '0.2s' }),
  routeTo('full', '/UO'),
  routeTo('nope', '/NC'),
  routeTo('unresolved', '/dns'),
  routeTo('app', '/UMSDR', { max_stream_duration: { max_stream_duration: '0.2s' } }),
  faulty('/FI', { abort: { http_status: 418, ...all } }),
  faulty('/DI', { delay: { fixed_delay: '0.05s', ...all } }),
  faulty('/DI-FI', { delay: { fixed_delay: '0.05s', ...all }, abort: { http_status: 503, ...all } }),
  {
    ...routeTo('app', '/RL'),
    typed_per_filter_config: {
      'envoy.filters.http.local_ratelimit': limit({
        token_bucket: { max_tokens: 1, fill_interval: '600s' },
        filter_enabled: { default_value: { numerator: 100 } },
        filter_enforced: { default_value: { numerator: 100 } },
      }),
    },
  },
  routeTo('app', '/app'),
]

function flagLog(flags: readonly string[]): object {
  return fileLog(`${flags.join('-') || 'any'}.log`, textFormat('%REQ(:PATH)%'), {
    filter: { response_flag_filter: { flags } },
  })
}

const FLAGS = [
  [],
  ['UF'],
  ['UF', 'UT'],
  ['URX'],
  ['NR', 'NC'],
  ['FI', 'DI'],
  ['RL', 'IH', 'LH'],
  ['DC', 'DPE', 'SI'],
  ['UH', 'UO', 'UMSDR'],
]

function tcpListener(name: string, cluster: string, more: object = {}): object {
  const proxy = {
    '@type': TCP_PROXY,
    stat_prefix: name,
    cluster,
    access_log: [fileLog(`${name}.log`, TCP_LINE)],
    ...more,
  }
  return {
    name,
    address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
    filter_chains: [{ filters: [{ name: 'envoy.filters.network.tcp_proxy', typed_config: proxy }] }],
  }
}

const TCP = {
  'tcp-dead': ['dead', { max_connect_attempts: 2 }],
  'tcp-dead-once': ['dead', {}],
  'tcp-nobody': ['empty', {}],
  'tcp-unknown': ['nope', {}],
  'tcp-full': ['full', {}],
  'tcp-idle': ['app', { idle_timeout: '0.1s' }],
  'tcp-duration': ['app', { max_downstream_connection_duration: '0.1s' }],
} as const

async function traffic(side: Side): Promise<void> {
  let lines = 0
  const logged = async (): Promise<void> => void (await side.logLines('flags.log', ++lines))
  const get = async (path: string, ...headers: readonly string[]): Promise<void> => {
    await side.request(path, 'front', `GET ${path}`, ...headers)
    await logged()
  }
  await get('/none/at/all')
  await get('/UH')
  await get('/UF')
  await get('/URX-UF')
  await get('/URX-503', 'x-do: status=503')
  await get('/URX-503/UC', 'x-do: reset')
  await get('/URX-503/UPE', 'x-do: garbage')
  await get('/URX-UT', 'x-do: hang')
  await get('/per-try', 'x-do: hang')
  await get('/per-idle', 'x-do: hang')
  await get('/UT', 'x-do: hang')
  await get('/UO')
  await get('/NC')
  await get('/dns')
  await get('/UMSDR', 'x-do: hang')
  await get('/FI')
  await get('/DI')
  await get('/DI-FI')
  await get('/RL/first')
  await get('/RL/second')
  await get('/app/IH', 'x-envoy-max-retries: many')
  await get('/health')
  await get('/app/fine')
  await get('/app/UC', 'x-do: reset')
  await get('/app/UPE', 'x-do: garbage')
  await get('/app/SI', 'x-do: hang')
  const raw = async (name: string, bytes: string): Promise<void> => {
    await side.send(name, 'front', bytes, true)
    await logged()
  }
  await raw('DPE', 'GET / HTTP/1.1\r\nHost: a\r\nbad field\r\n\r\n')
  await raw('DPE of a body', 'POST /app/dpe HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n')
  await raw('cut body', 'GET /app/cut HTTP/1.1\r\nHost: a\r\nx-do: cut\r\n\r\n')
  await raw('idle client', 'POST /app/idle HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n')
  for (const path of ['/app/DC', '/DI/DC']) {
    using client = await side.connect('front')
    client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nx-do: hang\r\n\r\n`)
    await Bun.sleep(path === '/app/DC' ? 200 : 20)
    client.destroy()
    await logged()
  }
  await side.proxy.admin('/healthcheck/fail', 'POST')
  await get('/health?LH')
  await raw('failed health check', 'GET /health HTTP/1.1\r\nHost: a\r\n\r\n')
  await side.proxy.admin('/healthcheck/ok', 'POST')
  await side.noteLog('flags.log', lines)
  for (const flags of FLAGS) side.noteFile(`${flags.join('-') || 'any'}.log`)
  for (const name of Object.keys(TCP)) {
    using client = await side.connect(name)
    await client.closed()
    client.destroy()
    await side.noteLog(`${name}.log`, 1)
  }
}

differential('response flags', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          extra: {
            delayed_close_timeout: '0.1s',
            stream_idle_timeout: '0.5s',
            access_log: [fileLog('flags.log', LINE), ...FLAGS.map(flagLog)],
            route_config: {
              name: 'local',
              validate_clusters: false,
              virtual_hosts: [{ name: 'all', domains: ['*'], routes: ROUTES }],
            },
            http_filters: [
              { name: 'envoy.filters.http.fault', typed_config: fault({}) },
              { name: 'envoy.filters.http.local_ratelimit', typed_config: limit({}) },
              { name: 'envoy.filters.http.health_check', typed_config: { '@type': HEALTH, ...health } },
              {
                name: 'envoy.filters.http.router',
                typed_config: { '@type': ROUTER, strict_check_headers: ['x-envoy-max-retries'] },
              },
            ],
          },
        }),
        ...Object.entries(TCP).map(([name, [cluster, more]]) => tcpListener(name, cluster, more)),
      ],
      clusters: [
        staticCluster('app', [port('app')]),
        staticCluster('dead', [1]),
        staticCluster('empty', []),
        staticCluster('full', [port('app')], {
          circuit_breakers: { thresholds: [{ max_connections: 0, max_pending_requests: 0, max_requests: 0 }] },
        }),
        dnsCluster('unresolved', 'STRICT_DNS', 'no-such-host.invalid', 80),
      ],
    },
  }),
  traffic,
})

differential('response flags of an overloaded proxy', {
  backends: ['app'],
  prepare: (folder) => writeFileSync(`${folder}/pressure`, '1'),
  bootstrap: (port) => ({
    overload_manager: {
      refresh_interval: '0.05s',
      resource_monitors: [
        {
          name: 'envoy.resource_monitors.injected_resource',
          typed_config: {
            '@type':
              'type.googleapis.com/envoy.extensions.resource_monitors.injected_resource.v3.InjectedResourceConfig',
            filename: '{folder}/pressure',
          },
        },
      ],
      actions: [
        {
          name: 'envoy.overload_actions.stop_accepting_requests',
          triggers: [{ name: 'envoy.resource_monitors.injected_resource', threshold: { value: 0.5 } }],
        },
      ],
    },
    static_resources: {
      listeners: [httpListener('front', { extra: { access_log: [fileLog('flags.log', LINE)] } })],
      clusters: [staticCluster('app', [port('app')])],
    },
  }),
  traffic: async (side) => {
    await Bun.sleep(300)
    await side.request('OM', 'front', 'GET /om')
    await side.noteLog('flags.log', 1)
  },
})

const dns = new DnsServer()
beforeAll(async () => dns.start())
afterAll(() => dns.close())

/** What test/integration/response-flags.test.ts expects, said by Envoy. */
differential('response flags, each with its counter', {
  backends: ['app'],
  prepare: prepareFlags,
  bootstrap: (port) => ({ static_resources: flagResources(port('app'), dns.port), ...FLAG_BOOTSTRAP }),
  traffic: async (side) => {
    const seen: SeenLines = new Map()
    for (const each of FLAG_CASES) side.note(each.name, await runFlagCase(side.proxy, each, seen))
  },
})
