import { describe, expect, test } from 'bun:test'
import { FilterHarness } from '../../../../../test/support/filter-harness.ts'
import { httpFilterConformance } from '../../../../../test/support/http-filter-conformance.ts'
import { extension } from './extension.ts'

const ALL = 'percentage: {numerator: 100}'
const DELAY = `delay: {fixed_delay: 5s, ${ALL}}`
const ABORT = `abort: {http_status: 500, ${ALL}}`
const SLOW = `response_rate_limit: {fixed_limit: {limit_kbps: 1}, ${ALL}}`

httpFilterConformance(extension, {
  good: [
    '{}',
    `{${DELAY}}`,
    `{${ABORT}}`,
    `{${DELAY}, ${ABORT}}`,
    `{${SLOW}}`,
    `{${DELAY}, ${SLOW}, max_active_faults: 1}`,
    `{delay: {header_delay: {}, ${ALL}}, abort: {header_abort: {}, ${ALL}}, response_rate_limit: {header_limit: {}, ${ALL}}}`,
    'abort: {grpc_status: 5, percentage: {numerator: 100, denominator: MILLION}, response_body: gone}',
    `{upstream_cluster: app, downstream_nodes: [node], headers: [{name: x}], filter_metadata: {a: b},
      disable_downstream_cluster_stats: true, delay_percent_runtime: a, abort_percent_runtime: b,
      delay_duration_runtime: c, abort_http_status_runtime: d, abort_grpc_status_runtime: e,
      max_active_faults_runtime: f, response_rate_limit_percent_runtime: g}`,
  ],
  transparent: '{}',
  bad: [
    ['abort: {http_status: 100}', 'http_status'],
    ['delay: {fixed_delay: 0s}', 'fixed_delay'],
    ['delay: {percentage: {numerator: 1}}', 'fault_delay_secifier'],
    ['response_rate_limit: {fixed_limit: {limit_kbps: 0}}', 'limit_kbps'],
  ],
  perRoute: { good: [`{${ABORT}}`, '{}'] },
})

describe('fault: delay', () => {
  test('the request waits, with its body, and is a fault as long as it waits', () => {
    const filter = new FilterHarness(extension, { config: DELAY })
    filter.sendOpen('POST /').chunk('one').advance(4999)
    expect([filter.reached, filter.stat('fault.active_faults')]).toEqual([false, 1])
    filter.advance(1)
    expect([filter.upstream.body, filter.stat('fault.active_faults')]).toEqual(['one', 0])
    filter.chunk('two').endChunks().respond(204)
    expect(filter.upstream.body).toBe('onetwo')
    expect(filter.logged[0]).toMatchObject({ flags: 'DI', code: 204 })
    expect(filter.stat('fault.delays_injected')).toBe(1)
  })

  test('by header, never more often than configured', () => {
    const filter = new FilterHarness(extension, { config: `delay: {header_delay: {}, ${ALL}}` })
    filter.send('GET /', ['x-envoy-fault-delay-request: 100'])
    expect(filter.reached).toBeFalse()
    filter.advance(100).respond(204)
    filter.send('GET /', ['x-envoy-fault-delay-request: no']).respond(204)
    const header = 'x-envoy-fault-delay-request-percentage'
    filter.send('GET /', ['x-envoy-fault-delay-request: 100', `${header}: 0`]).respond(204)
    expect(filter.stat('fault.delays_injected')).toBe(1)
    const never = new FilterHarness(extension, { config: 'delay: {header_delay: {}, percentage: {numerator: 0}}' })
    expect(never.send('GET /', ['x-envoy-fault-delay-request: 100', `${header}: 100`]).reached).toBeTrue()
  })

  test('the runtime changes share and duration, for the cluster of the client apart', () => {
    const runtime = { 'fault.http.delay.fixed_duration_ms': 10, 'fault.http.c1.delay.fixed_delay_percent': 0 }
    const filter = new FilterHarness(extension, { config: DELAY, runtime })
    expect(filter.send('GET /').advance(10).respond(204).reply().status).toBe(204)
    expect(filter.send('GET /', ['x-envoy-downstream-service-cluster: c1']).reached).toBeTrue()
  })

  test('a client that goes meanwhile leaves nothing behind', () => {
    const filter = new FilterHarness(extension, { config: DELAY })
    filter.send('GET /').disconnect().advance(10_000)
    expect([filter.stat('fault.active_faults'), filter.logged[0]?.flags]).toEqual([0, 'DI,DC'])
  })
})

describe('fault: abort', () => {
  test('answers with the status, and says so', () => {
    const filter = new FilterHarness(extension, { config: `{${ABORT}, filter_metadata: {why: test}}` })
    const reply = filter.send('GET /', ['x-envoy-downstream-service-cluster: c1']).reply()
    expect(reply).toMatchObject({ status: 500, body: 'fault filter abort' })
    expect(filter.logged[0]).toMatchObject({ flags: 'FI', details: 'fault_filter_abort' })
    expect([filter.stat('fault.aborts_injected'), filter.stat('fault.c1.aborts_injected')]).toEqual([1, 1])
  })

  test('gRPC clients get the gRPC status, others 200', () => {
    const filter = new FilterHarness(extension, { config: `abort: {grpc_status: 5, ${ALL}}` })
    filter.send('POST /', ['content-type: application/grpc'], 'x')
    expect(filter.reply()).toMatchObject({ status: 200, headers: { 'grpc-status': '5' } })
    const plain = new FilterHarness(extension, { config: `abort: {grpc_status: 5, ${ALL}}` })
    expect(plain.send('GET /').reply()).toMatchObject({ status: 200, body: 'fault filter abort' })
  })

  test('follows a delay', () => {
    const filter = new FilterHarness(extension, { config: `{${DELAY}, ${ABORT}}` })
    expect(filter.send('GET /').written()).toBe('')
    filter.advance(5000)
    expect(filter.reply().status).toBe(500)
    expect(filter.logged[0]?.flags).toBe('DI,FI')
  })

  test('only for requests that are meant', () => {
    const config = `{${ABORT}, upstream_cluster: app, downstream_nodes: [node], headers: [{name: x-y}]}`
    const filter = new FilterHarness(extension, { config })
    const node = 'x-envoy-downstream-service-node: node'
    expect(filter.send('GET /', ['x-y: 1']).reached).toBeTrue()
    filter.respond(204).written()
    expect(filter.send('GET /', [node]).reached).toBeTrue()
    filter.respond(204).written()
    expect(filter.send('GET /', [node, 'x-y: 1']).reply().status).toBe(500)
    const other = new FilterHarness(extension, { config: `{${ABORT}, upstream_cluster: other}` })
    expect(other.send('GET /').reached).toBeTrue()
  })

  test('no more at a time than allowed', () => {
    const filter = new FilterHarness(extension, { config: `{${ABORT}, max_active_faults: 0}` })
    expect(filter.send('GET /').reached).toBeTrue()
    expect([filter.stat('fault.faults_overflow'), filter.stat('fault.aborts_injected')]).toEqual([1, 0])
  })
})

describe('fault: slow responses', () => {
  test('a body goes out at the rate, trailers behind it', () => {
    const filter = new FilterHarness(extension, { config: SLOW })
    filter.send('GET /').respond(200, [], 'x'.repeat(1024), ['x-t: 1'])
    filter.advance(0)
    const early = filter.manager.connection.written.length
    filter.advance(500)
    const half = filter.manager.connection.written.length
    filter.advance(600)
    expect([early < 400, half > 400 && half < 1000]).toEqual([true, true])
    expect(filter.reply()).toMatchObject({ status: 200, body: 'x'.repeat(1024), trailers: { 'x-t': '1' } })
    expect(filter.stat('fault.response_rl_injected')).toBe(1)
  })

  test('a full buffer stops the upstream', () => {
    const filter = new FilterHarness(extension, { config: SLOW, bufferLimit: 100 })
    filter.send('GET /').respondOpen(200)
    let above = 0
    filter.callbacks.addDownstreamWatermarkCallbacks({
      onAboveHighWatermark: () => above++,
      onBelowLowWatermark: () => above--,
    })
    filter.respondData('x'.repeat(200), false)
    expect(above).toBe(1)
    filter.advance(1000)
    expect(above).toBe(0)
  })
})
