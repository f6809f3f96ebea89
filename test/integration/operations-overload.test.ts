/* Overload of a whole proxy: pressure is injected by a file, what the workers then do is seen by clients. */
import { expect, test } from 'bun:test'
import { renameSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { direct, httpListener } from '../support/configs.ts'
import { rawClient } from '../support/raw-client.ts'
import type { WholeProxy } from '../support/whole-proxy.ts'
import { startWholeProxy } from '../support/whole-proxy.ts'

const MONITORS = 'type.googleapis.com/envoy.extensions.resource_monitors.'
const INJECTED = 'envoy.resource_monitors.injected_resource'
const CONNECTIONS = 'envoy.resource_monitors.global_downstream_max_connections'
const listener = httpListener('front', { routes: [direct('/', 'hi')] })
const triggers = [{ name: INJECTED, threshold: { value: 0.9 } }]
const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

async function start(overload: object, listeners: object[] = [listener]): Promise<WholeProxy> {
  const typed_config = {
    '@type': `${MONITORS}injected_resource.v3.InjectedResourceConfig`,
    filename: '{folder}/pressure',
  }
  const overload_manager = {
    refresh_interval: '0.02s',
    resource_monitors: [{ name: INJECTED, typed_config }],
    ...overload,
  }
  return startWholeProxy(
    { listeners },
    {
      flags: ['--concurrency', '2'],
      bootstrap: { overload_manager },
      prepare: (folder) => writeFileSync(join(folder, 'pressure'), '0.1'),
    },
  )
}

/** Resolves when the main thread has acted on it; the workers have their orders then. */
async function press(proxy: WholeProxy, pressure: number): Promise<void> {
  writeFileSync(join(proxy.folder, 'next'), String(pressure))
  renameSync(join(proxy.folder, 'next'), join(proxy.folder, 'pressure'))
  await until(async () => (await proxy.stat(`overload.${INJECTED}.pressure`)) === Math.trunc(pressure * 100))
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const limit = performance.now() + 20_000
  while (!(await condition())) {
    if (performance.now() > limit) throw new Error('it did not come to pass')
    await Bun.sleep(10)
  }
}

async function answer(proxy: WholeProxy): Promise<string> {
  using client = await rawClient(proxy.port('front'))
  client.write(REQUEST)
  const head = await client.until('\r\n\r\n')
  return head
}

/** Whether the proxy ends the connection by itself without a byte. */
async function isRefused(proxy: WholeProxy): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(proxy.port('front'), '127.0.0.1')
    socket.on('data', () => resolve(false))
    socket.on('error', () => resolve(true))
    socket.on('close', () => resolve(true))
    socket.on('connect', () => socket.write(REQUEST))
  })
}

test('overload: requests are answered with 503, on connections that stay', async () => {
  await using proxy = await start({ actions: [{ name: 'envoy.overload_actions.stop_accepting_requests', triggers }] })
  using client = await rawClient(proxy.port('front'))
  client.write(REQUEST)
  await client.until('hi')
  await press(proxy, 0.95)
  client.write(REQUEST)
  expect(await client.until('envoy overloaded')).toContain('HTTP/1.1 503 Service Unavailable')
  expect(await proxy.stat('http.ingress.downstream_rq_overload_close')).toBe(1)
  expect(await proxy.stat('overload.envoy.overload_actions.stop_accepting_requests.active')).toBe(1)
  await press(proxy, 0.5)
  client.write(REQUEST)
  expect(await client.until('hi')).toContain('HTTP/1.1 200 OK')
  expect(await proxy.end()).toBe(0)
}, 60_000)

test('overload: keep-alive ends, connections are rejected', async () => {
  await using proxy = await start({
    actions: [
      {
        name: 'envoy.overload_actions.disable_http_keepalive',
        triggers: [{ name: INJECTED, threshold: { value: 0.8 } }],
      },
      { name: 'envoy.overload_actions.reject_incoming_connections', triggers },
    ],
  })
  await press(proxy, 0.85)
  expect(await answer(proxy)).toContain('connection: close')
  await press(proxy, 0.95)
  expect(await isRefused(proxy)).toBe(true)
  expect(await proxy.admin('/stats?filter=overload_reject|overload_disable')).toMatch(
    /front|127.0.0.1_0.*overload_reject: 1/,
  )
  expect(await proxy.stat('http.ingress.downstream_cx_overload_disable_keepalive')).toBe(1)
  await press(proxy, 0.1)
  expect(await answer(proxy)).not.toContain('connection: close')
}, 60_000)

test('overload: listeners pause, and what came meanwhile is served afterwards', async () => {
  await using proxy = await start({
    actions: [{ name: 'envoy.overload_actions.stop_accepting_connections', triggers }],
  })
  expect(await answer(proxy)).toContain('200 OK')
  for (let round = 1; round <= 2; round++) {
    await press(proxy, 0.95)
    using client = await rawClient(proxy.port('front'))
    client.write(REQUEST)
    expect(await proxy.stat('http.ingress.downstream_cx_total')).toBe(round)
    await press(proxy, 0.5)
    expect(await client.until('hi')).toContain('200 OK')
  }
  expect(await proxy.end()).toBe(0)
}, 60_000)

test.each([
  ['http_connection_manager_decode_headers', /^HTTP\/1.1 503 /],
  ['http1_server_abort_dispatch', /^HTTP\/1.1 500 Internal Server Error\r\n(?:.*\r\n)*connection: close/],
])(
  'overload: the load shed point %s',
  async (name, expected) => {
    const full = `envoy.load_shed_points.${name}`
    await using proxy = await start({ loadshed_points: [{ name: full, triggers }] })
    expect(await answer(proxy)).toContain('200 OK')
    await press(proxy, 0.95)
    expect(await answer(proxy)).toMatch(expected)
    expect(await proxy.stat(`overload.${full}.shed_load_count`)).toBe(1)
    expect(await proxy.stat(`overload.${full}.scale_percent`)).toBe(100)
  },
  15_000,
)

test.each(['tcp_listener_accept', 'hcm_ondata_creating_codec'])(
  'overload: the load shed point %s ends connections',
  async (name) => {
    const full = `envoy.load_shed_points.${name}`
    await using proxy = await start({ loadshed_points: [{ name: full, triggers }] })
    await press(proxy, 0.95)
    expect(await isRefused(proxy)).toBe(true)
    expect(await proxy.stat(`overload.${full}.shed_load_count`)).toBe(1)
  },
  15_000,
)

test('overload: idle connections go earlier', async () => {
  const timers = 'type.googleapis.com/envoy.config.overload.v3.ScaleTimersOverloadActionConfig'
  await using proxy = await start({
    actions: [
      {
        name: 'envoy.overload_actions.reduce_timeouts',
        triggers,
        typed_config: {
          '@type': timers,
          timer_scale_factors: [{ timer: 'HTTP_DOWNSTREAM_CONNECTION_IDLE', min_timeout: '0.05s' }],
        },
      },
    ],
  })
  using client = await rawClient(proxy.port('front'))
  client.write(REQUEST)
  await client.until('hi')
  await Bun.sleep(100)
  expect(await proxy.stat('http.ingress.downstream_cx_idle_timeout')).toBe(0)
  await press(proxy, 0.95)
  await until(async () => (await proxy.stat('http.ingress.downstream_cx_idle_timeout')) === 1)
}, 60_000)

test('overload: the limit of connections holds over all workers, and not for listeners that are exempt', async () => {
  const typed_config = {
    '@type': `${MONITORS}downstream_connections.v3.DownstreamConnectionsConfig`,
    max_active_downstream_connections: 3,
  }
  const exempt = {
    ...httpListener('exempt', { routes: [direct('/', 'hi')], statPrefix: 'exempt' }),
    ignore_global_conn_limit: true,
  }
  await using proxy = await start({ resource_monitors: [{ name: CONNECTIONS, typed_config }] }, [listener, exempt])
  expect(proxy.log()).not.toContain('There is no configured limit to the number of allowed active')
  const clients = await Promise.all(Array.from({ length: 3 }, async () => rawClient(proxy.port('front'))))
  for (const client of clients) {
    client.write(REQUEST)
    await client.until('hi')
  }
  expect(await isRefused(proxy)).toBe(true)
  expect(await proxy.stat(`overload.${CONNECTIONS}.failed_updates`)).toBe(1)
  expect(await proxy.admin('/stats?filter=global_cx_overflow')).toContain(
    '127.0.0.1_0.downstream_global_cx_overflow: 1',
  )
  using other = await rawClient(proxy.port('exempt'))
  other.write(REQUEST)
  await other.until('hi')
  await until(async () => (await proxy.stat(`overload.${CONNECTIONS}.pressure`)) === 100)
  clients[0]?.destroy()
  await until(async () => (await proxy.stat(`overload.${CONNECTIONS}.pressure`)) === 66)
  expect(await answer(proxy)).toContain('200 OK')
  for (const client of clients) client.destroy()
}, 60_000)

test('overload: the monitors of the machine read something', async () => {
  const monitor = (name: string, type: string, config: object) => ({
    name: `envoy.resource_monitors.${name}`,
    typed_config: { '@type': `${MONITORS}${name}.v3.${type}`, ...config },
  })
  await using proxy = await start({
    refresh_interval: '0.1s',
    resource_monitors: [
      monitor('fixed_heap', 'FixedHeapConfig', { max_heap_size_bytes: 400_000_000 }),
      monitor('cpu_utilization', 'CpuUtilizationConfig', {}),
    ],
  })
  const stats = async (): Promise<string> => proxy.admin('/stats?filter=^overload')
  await until(async () => /fixed_heap.pressure: [1-9]/.test(await stats()))
  expect(await stats()).toContain('overload.envoy.resource_monitors.cpu_utilization.failed_updates: 0')
}, 60_000)
