/* Statistics that a whole proxy sends to statsd. */
import { expect, test } from 'bun:test'
import { direct, httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { startWholeProxy } from '../support/whole-proxy.ts'

const listener = httpListener('front', { routes: [direct('/', 'hi')] })

function sinkTo(port: number, type: string, fields: object = {}) {
  const address = { socket_address: { address: '127.0.0.1', port_value: port, protocol: 'UDP' } }
  return { name: type, typed_config: { '@type': `type.googleapis.com/${type}`, address, ...fields } }
}

const STATSD = 'envoy.config.metrics.v3.StatsdSink'
const DOG_STATSD = 'envoy.config.metrics.v3.DogStatsdSink'

test('stats sinks: counters, gauges and times of all threads arrive, the last ones at the end', async () => {
  const lines: string[] = []
  const receiver = await Bun.udpSocket({
    hostname: '127.0.0.1',
    socket: { data: (_, data) => void lines.push(...data.toString().split('\n')) },
  })
  const sinks = [sinkTo(receiver.port, STATSD), sinkTo(receiver.port, DOG_STATSD, { prefix: 'dog' })]
  const bootstrap = { stats_sinks: sinks, stats_flush_interval: '0.1s' }
  const proxy = await startWholeProxy({ listeners: [listener] }, { flags: ['--concurrency', '2'], bootstrap })
  const get = async (): Promise<Response> => fetch(`http://127.0.0.1:${proxy.port('front')}/`, { keepalive: false })
  for (let i = 0; i < 6; i++) expect(await (await get()).text()).toBe('hi')
  expect(await proxy.end()).toBe(0)
  // Datagrams of this machine do not get lost; the last may still be on their way through the loop.
  const completed = (): number => sumOf(lines, 'envoy.http.ingress.downstream_rq_completed', '|c')
  for (let turn = 0; turn < 1000 && completed() < 6; turn++) await new Promise((done) => setImmediate(done))
  receiver.close()
  expect(completed()).toBe(6)
  expect(
    sumOf(lines, 'dog.http.downstream_rq_xx', '|c|#envoy.response_code_class:2,envoy.http_conn_manager_prefix:ingress'),
  ).toBe(6)
  expect(lines).toContain('envoy.server.live:1|g')
  expect(lines.filter((line) => /^envoy\.http\.ingress\.downstream_rq_time:\d+\|ms$/.test(line))).toHaveLength(6)
})

test('stats sinks: circuit breakers tell that they are open, also when nobody looks at the admin server', async () => {
  const lines: string[] = []
  const receiver = await Bun.udpSocket({
    hostname: '127.0.0.1',
    socket: { data: (_, data) => void lines.push(...data.toString().split('\n')) },
  })
  using upstream = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('up') })
  const cluster = staticCluster('app', [upstream.port!], {
    circuit_breakers: { thresholds: [{ max_connections: 1, track_remaining: true }] },
  })
  const proxy = await startWholeProxy(
    { listeners: [httpListener('front', { routes: [routeTo('app')] })], clusters: [cluster] },
    { bootstrap: { stats_sinks: [sinkTo(receiver.port, STATSD)], stats_flush_interval: '0.05s' } },
  )
  expect(await (await fetch(`http://127.0.0.1:${proxy.port('front')}/`)).text()).toBe('up')
  const open = 'envoy.cluster.app.circuit_breakers.default.cx_open:1|g'
  for (let turn = 0; turn < 100 && !lines.includes(open); turn++) await Bun.sleep(20)
  expect(await proxy.end()).toBe(0)
  receiver.close()
  expect(lines).toContain(open)
  expect(lines).toContain('envoy.cluster.app.circuit_breakers.default.remaining_cx:0|g')
})

function sumOf(lines: readonly string[], name: string, type: string): number {
  let sum = 0
  for (const line of lines) {
    const end = line.indexOf('|')
    if (line.startsWith(`${name}:`) && line.slice(end) === type) sum += Number(line.slice(name.length + 1, end))
  }
  return sum
}

test('stats sinks: whether limits are reached is sent without anybody having looked', async () => {
  const lines: string[] = []
  const receiver = await Bun.udpSocket({
    hostname: '127.0.0.1',
    socket: { data: (_, data) => void lines.push(...data.toString().split('\n')) },
  })
  const bootstrap = { stats_sinks: [sinkTo(receiver.port, STATSD)], stats_flush_interval: '0.1s' }
  const limits = { circuit_breakers: { thresholds: [{ max_requests: 1, track_remaining: true }] } }
  const resources = {
    listeners: [httpListener('front', { routes: [routeTo('app')] })],
    clusters: [staticCluster('app', [1], limits)],
  }
  const proxy = await startWholeProxy(resources, { bootstrap })
  await fetch(`http://127.0.0.1:${proxy.port('front')}/`, { keepalive: false })
  const prefix = 'envoy.cluster.app.circuit_breakers.default'
  const limit = performance.now() + 5000
  while (!lines.includes(`${prefix}.rq_pending_open:0|g`) && performance.now() < limit) await Bun.sleep(20)
  expect(await proxy.end()).toBe(0)
  receiver.close()
  expect(lines).toContain(`${prefix}.rq_pending_open:0|g`)
  expect(lines).toContain(`${prefix}.remaining_rq:1|g`)
})

test('stats sinks: nobody listens, and the proxy does not mind', async () => {
  const gone = await Bun.udpSocket({ hostname: '127.0.0.1' })
  const { port } = gone
  gone.close()
  const bootstrap = { stats_sinks: [sinkTo(port, STATSD)], stats_flush_interval: '0.05s' }
  await using proxy = await startWholeProxy({ listeners: [listener] }, { bootstrap })
  for (let i = 0; i < 20; i++) expect((await fetch(`http://127.0.0.1:${proxy.port('front')}/`)).status).toBe(200)
  await proxy.admin('/stats')
  expect(await proxy.end()).toBe(0)
})
