import { describe, expect, test } from 'bun:test'
import { newResponseHeaders } from '../codec/headers/response-headers.ts'
import { newTrailers } from '../codec/headers/trailers.ts'
import { request, routes, table } from '../../test/support/route-table.ts'
import type { HarnessOptions } from '../../test/support/router-harness.ts'
import { bytes, RouterHarness } from '../../test/support/router-harness.ts'

/** One route with this action. */
function router(action: string, options: HarnessOptions = {}, headers = request('a.com/')): RouterHarness {
  return new RouterHarness(routes(`{match: {prefix: /}, route: {cluster: c, ${action}}}`), headers, options)
}

function outcome({ reply, info }: RouterHarness) {
  return [reply?.status, reply?.body, reply?.details, info.flags.join()]
}

describe('replies without an upstream', () => {
  test('no route: 404 without a body', () => {
    const harness = new RouterHarness(routes('{match: {prefix: /x}, route: {cluster: c}}'), request('/')).send()
    expect(outcome(harness)).toEqual([404, '', 'route_not_found', 'NR'])
    expect(harness.scope.valueOf('no_route')).toBe(1)
  })

  test('an unknown cluster: 503, or what the route says', () => {
    const of = (more: string) =>
      new RouterHarness(routes(`{match: {prefix: /}, route: {cluster: none${more}}}`), request('/')).send()
    expect(outcome(of(''))).toEqual([503, '', 'cluster_not_found', 'NC'])
    expect(of(', cluster_not_found_response_code: NOT_FOUND').reply?.status).toBe(404)
  })

  test('a redirect carries its Location and the headers of the route', () => {
    const list =
      '{match: {prefix: /}, redirect: {path_redirect: /n}, response_headers_to_add: [{header: {key: x-r, value: "1"}}]}'
    const harness = new RouterHarness(routes(list), request('a.com/')).send()
    expect(outcome(harness)).toEqual([301, '', 'direct_response', ''])
    expect([harness.response?.get('location'), harness.response?.get('x-r')]).toEqual(['http://a.com/n', '1'])
    expect(harness.scope.valueOf('rq_direct_response')).toBe(1)
  })

  test('no host', () => {
    const harness = router('', { hosts: 0 }).send()
    expect(outcome(harness)).toEqual([503, 'no healthy upstream', 'no_healthy_upstream', 'UH'])
    expect(harness.count('response 503')).toBe(1)
  })

  test('maintenance', () => {
    const harness = router('', { runtime: { 'upstream.maintenance_mode.c': 100 } }).send()
    expect(outcome(harness)).toEqual([503, 'maintenance mode', 'maintenance_mode', 'UO'])
    expect(harness.response?.get('x-envoy-overloaded')).toBe('true')
    expect(harness.count('upstream_rq_maintenance_mode')).toBe(1)
  })
})

describe('forwarding', () => {
  test('headers, body and response pass; times and responses are counted', () => {
    const harness = router('').send('body')
    expect(harness.last.body).toBe('body')
    expect(harness.last.ended).toBe(true)
    expect(harness.last.headers['x-envoy-expected-rq-timeout-ms']).toBe('15000')
    harness.dispatcher.advance(7)
    harness.last.respond(200, 'answer')
    expect([harness.response?.status, harness.body, harness.ended]).toEqual([200, 'answer', true])
    expect(harness.response?.get('x-envoy-upstream-service-time')).toBe('7')
    expect([harness.count('response 200'), harness.count('responseTime'), harness.count('host rqSuccess')]).toEqual([
      1, 1, 1,
    ])
    expect(harness.armedTimers).toBe(0)
  })

  test('what the route takes away stays away', () => {
    const list =
      '{match: {prefix: /}, request_headers_to_remove: [x-envoy-expected-rq-timeout-ms], route: {cluster: c}}'
    const harness = new RouterHarness(routes(list), request('/')).send()
    expect(harness.last.headers['x-envoy-expected-rq-timeout-ms']).toBe(undefined)
  })

  test('bytes behind an upgrade wait for the 101; an upstream that refuses gets none of them', () => {
    const upgrade = () => {
      const headers = request('a.com/')
      headers.set('connection', 'Upgrade')
      headers.set('upgrade', 'websocket')
      return router('', {}, headers).send('GET /smuggled', true)
    }
    const accepted = upgrade()
    expect(accepted.last.body).toBe('')
    accepted.last.decoder.decodeHeaders(newResponseHeaders(101), false)
    expect(accepted.last.body).toBe('GET /smuggled')
    accepted.filter.decodeData(bytes(' on'), false)
    expect(accepted.last.body).toBe('GET /smuggled on')
    const refused = upgrade()
    refused.last.respond(200, 'no')
    expect([refused.last.body, refused.last.resets]).toEqual(['', 1])
    expect(refused.count('upstream_rq_200')).toBe(0)
  })

  test('a response before the request is complete has no service time, and the request is cut', () => {
    const harness = router('').send('part', true)
    harness.last.respond(413, 'no')
    expect(harness.response?.get('x-envoy-upstream-service-time')).toBe(undefined)
    expect(harness.last.resets).toBe(1)
    harness.filter.decodeData(bytes('more'), true)
    expect(harness.last.body).toBe('part')
    expect(harness.armedTimers).toBe(0)
  })

  test('a body that comes before the connection waits, and holds the downstream back beyond the limit', () => {
    const harness = router('', { connects: false, bufferLimit: 10 }).send('12345', true)
    expect(harness.held).toBe(0)
    harness.filter.decodeData(bytes('6789012'), true)
    expect(harness.held).toBe(1)
    harness.last.connect()
    expect([harness.held, harness.last.body, harness.last.ended]).toEqual([0, '123456789012', true])
  })

  test('a slow upstream holds the downstream back, a slow client the upstream', () => {
    const harness = router('').send('x', true)
    harness.last.decoder.onAboveHighWatermark()
    expect(harness.held).toBe(1)
    harness.last.decoder.onBelowLowWatermark()
    expect(harness.held).toBe(0)
    harness.last.respondPart(200, 'part')
    harness.clientFlow?.onAboveHighWatermark()
    harness.clientFlow?.onAboveHighWatermark()
    expect(harness.last.reading).toBe(-1)
    harness.clientFlow?.onBelowLowWatermark()
    expect(harness.last.reading).toBe(-1)
    harness.clientFlow?.onBelowLowWatermark()
    expect(harness.last.reading).toBe(0)
    expect(harness.count('upstream_flow_control_paused_reading_total')).toBe(1)
  })

  test('the end of the stream gives the attempt up and leaves nothing behind', () => {
    const waiting = router('', { connects: false }).send()
    waiting.filter.onDestroy()
    expect([waiting.last.cancelled, waiting.armedTimers]).toEqual([true, 0])
    const sent = router('retry_policy: {retry_on: 5xx, per_try_timeout: 1s}').send()
    sent.filter.onDestroy()
    expect([sent.last.resets, sent.armedTimers]).toEqual([1, 0])
  })

  test('auto_host_rewrite takes the name of the chosen host', () => {
    const harness = router('auto_host_rewrite: true').send()
    expect([harness.last.headers[':authority'], harness.last.headers['x-envoy-original-host']]).toEqual([
      'host0',
      'a.com',
    ])
  })

  test('suppress_envoy_headers', () => {
    const harness = router('prefix_rewrite: /b', { shared: { suppressEnvoyHeaders: true } }).send()
    harness.last.respond(200)
    expect(Object.keys(harness.last.headers).filter((name) => name.startsWith('x-envoy'))).toEqual([])
    expect(harness.response?.get('x-envoy-upstream-service-time')).toBe(undefined)
  })

  test('virtual clusters and routes with a stat_prefix count for themselves', () => {
    const scope = new RouterHarness(routes(''), request('/')).scope
    const config = table(
      `{virtual_hosts: [{name: v, domains: ["*"], virtual_clusters: [{name: vc, headers: [{name: ":path"}]}],
        routes: [{match: {prefix: /}, stat_prefix: mine, route: {cluster: c}}]}]}`,
      { scope },
    )
    const harness = new RouterHarness(config, request('/')).send()
    harness.last.respond(200)
    expect(harness.info.virtualClusterName).toBe('vc')
    for (const group of ['vhost.v.vcluster.vc.', 'vhost.v.route.mine.']) {
      expect(scope.valueOf(`${group}upstream_rq_total`)).toBe(1)
      expect(scope.valueOf(`${group}upstream_rq_2xx`)).toBe(1)
    }
  })
})

describe('failures', () => {
  test('no connection', () => {
    const harness = router('', { connects: false }).send()
    harness.last.fail('remote-connection-failure', 'delayed connect error: Connection refused')
    expect(outcome(harness)).toEqual([
      503,
      'upstream connect error or disconnect/reset before headers. reset reason: remote connection failure',
      'upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused}',
      'UF',
    ])
    expect([harness.count('host rqError'), harness.info.upstream?.host?.address.text]).toEqual([1, '127.0.0.1:9000'])
  })

  test('a full circuit breaker is not the host', () => {
    const harness = router('retry_policy: {retry_on: 5xx}', { connects: false }).send()
    harness.last.fail('overflow')
    expect(outcome(harness)).toEqual([
      503,
      'upstream connect error or disconnect/reset before headers. reset reason: overflow',
      'upstream_reset_before_response_started{overflow}',
      'UO',
    ])
    expect(harness.response?.get('x-envoy-overloaded')).toBe('true')
    expect([harness.count('host rqError'), harness.info.upstream?.host?.address.text]).toEqual([0, '127.0.0.1:9000'])
  })

  test('a route with max_stream_duration has no timeout', () => {
    const harness = router('timeout: 1s, max_stream_duration: {}').send()
    expect(harness.last.headers['x-envoy-expected-rq-timeout-ms']).toBe(undefined)
    harness.dispatcher.advance(20_000)
    expect(harness.reply).toBe(undefined)
  })

  test('the status of the response is known to formats of its headers', () => {
    const list =
      '{match: {prefix: /}, route: {cluster: c}, ' +
      'response_headers_to_add: [{header: {key: x-code, value: "%RESPONSE_CODE%"}}]}'
    const harness = new RouterHarness(routes(list), request('/')).send()
    harness.last.respond(418)
    expect(harness.response?.get('x-code')).toBe('418')
  })

  test('a protocol error of the upstream is a 502', () => {
    const harness = router('').send()
    harness.last.decoder.onReset('protocol-error', '')
    expect(outcome(harness).slice(0, 1)).toEqual([502])
    expect(harness.info.flags).toEqual(['UPE'])
  })

  test('after the response has begun it is cut', () => {
    const harness = router('').send()
    harness.last.decoder.decodeHeaders(new RouterHarness(routes(''), request('/')).send().response!, false)
    harness.last.decoder.onReset('connection-termination', '')
    expect(harness.resetDetails).toBe('upstream_reset_after_response_started{connection_termination}')
    expect(harness.info.flags).toEqual(['UC'])
    expect(harness.scope.valueOf('rq_reset_after_downstream_response_started')).toBe(0)
  })

  test('a gRPC response that breaks off before its status is counted, and its host charged', () => {
    const harness = router('', {}, request('/', 'content-type: application/grpc')).send()
    harness.last.respondPart(200, 'x')
    harness.last.decoder.onReset('connection-termination', '')
    expect(harness.scope.valueOf('rq_reset_after_downstream_response_started')).toBe(1)
    expect([harness.count('host rqError'), harness.count('host rqSuccess')]).toEqual([1, 0])
  })

  test.each([
    ['0', 1, 0],
    ['14', 0, 1],
    ['5', 1, 0],
    [undefined, 0, 1],
  ])('a gRPC response of status %s in its trailers', (status, success, error) => {
    const harness = router('', {}, request('/', 'content-type: application/grpc')).send()
    harness.last.respondPart(200, 'x')
    const trailers = newTrailers()
    if (status === undefined) harness.last.decoder.decodeData(bytes(''), true)
    else {
      trailers.set('grpc-status', status)
      harness.last.decoder.decodeTrailers(trailers)
    }
    expect([harness.count('host rqSuccess'), harness.count('host rqError')]).toEqual([success, error])
  })

  test('after an interim response nothing is tried again, and the failure has its reply', () => {
    const harness = router('retry_policy: {retry_on: 5xx}, timeout: 3s').send()
    harness.last.decoder.decode1xx(newResponseHeaders(103))
    harness.last.decoder.decode1xx(newResponseHeaders(103))
    harness.last.decoder.onReset('connection-termination', '')
    expect(harness.attempts).toHaveLength(1)
    const details = 'upstream_reset_after_response_started{connection_termination}'
    const words = 'upstream connect error or disconnect/reset before headers. reset reason: connection termination'
    expect(outcome(harness)).toEqual([503, words, details, 'UC'])
  })

  test('after an interim response an attempt has the time of the whole request', () => {
    const harness = router('retry_policy: {per_try_timeout: 1s}, timeout: 3s').send()
    harness.last.decoder.decode1xx(newResponseHeaders(100))
    harness.dispatcher.advance(2000)
    expect(harness.reply).toBe(undefined)
    harness.dispatcher.advance(1000)
    expect(outcome(harness).slice(2)).toEqual(['response_timeout', 'UT'])
  })

  test('whoever gives up while it waits for a connection knows the host', () => {
    const harness = router('timeout: 1s', { connects: false }).send()
    harness.dispatcher.advance(1000)
    expect(outcome(harness).slice(2)).toEqual(['response_timeout', 'UT'])
    expect(harness.info.upstream?.host).toBe(harness.last.host)
  })

  test('without a pool there is no host', () => {
    expect(outcome(router('', { pools: false }).send())).toEqual([
      503,
      'no healthy upstream',
      'no_healthy_upstream',
      'UH',
    ])
  })
})

describe('timeouts', () => {
  test('of the route, from the complete request on', () => {
    const harness = router('timeout: 2s').send('x', true)
    harness.dispatcher.advance(5000)
    expect(harness.reply).toBe(undefined)
    harness.filter.decodeData(bytes('y'), true)
    harness.dispatcher.advance(1999)
    expect(harness.reply).toBe(undefined)
    harness.dispatcher.advance(1)
    expect(outcome(harness)).toEqual([504, 'upstream request timeout', 'response_timeout', 'UT'])
    expect([harness.last.resets, harness.count('upstream_rq_timeout'), harness.count('host rqTimeout')]).toEqual([
      1, 1, 1,
    ])
  })

  test('while it waits for a connection they count for no host', () => {
    const harness = router('timeout: 1s', { connects: false }).send()
    harness.dispatcher.advance(1000)
    expect(outcome(harness)).toEqual([504, 'upstream request timeout', 'response_timeout', 'UT'])
    const counts = ['upstream_rq_timeout', 'host rqTimeout', 'host rqError']
    expect(counts.map((name) => harness.count(name))).toEqual([1, 0, 0])
  })

  test('none with 0s', () => {
    const harness = router('timeout: 0s').send()
    expect(harness.last.headers['x-envoy-expected-rq-timeout-ms']).toBe(undefined)
    expect(harness.armedTimers).toBe(0)
  })

  test('a WebSocket has to be answered in time, and may then last', () => {
    const headers = () => request('/', 'connection: upgrade', 'upgrade: websocket')
    const silent = router('timeout: 1s', {}, headers())
    silent.filter.decodeHeaders(silent.headers, false)
    silent.dispatcher.advance(1000)
    expect(silent.reply?.status).toBe(504)
    const answered = router('timeout: 1s', {}, headers())
    answered.filter.decodeHeaders(answered.headers, false)
    answered.last.respond(101, undefined)
    expect(answered.armedTimers).toBe(0)
  })

  test('headers of internal clients change them', () => {
    const harness = router(
      '',
      {},
      request('/', 'x-envoy-upstream-rq-timeout-ms: 150', 'x-envoy-upstream-rq-timeout-alt-response: 1'),
    ).send()
    expect(harness.last.headers['x-envoy-expected-rq-timeout-ms']).toBe('150')
    harness.dispatcher.advance(150)
    expect(outcome(harness)).toEqual([204, '', 'response_timeout', 'UT'])
  })

  test('x-envoy-upstream-stream-duration-ms limits the stream', () => {
    const harness = router('', {}, request('/', 'x-envoy-upstream-stream-duration-ms: 100')).send()
    harness.dispatcher.advance(100)
    expect(outcome(harness)).toEqual([
      504,
      'upstream max stream duration reached',
      'upstream_max_stream_duration_reached',
      'UMSDR',
    ])
  })

  test('per_try_idle_timeout starts anew with every piece of the response', () => {
    const harness = router('retry_policy: {per_try_idle_timeout: 1s}').send()
    harness.dispatcher.advance(900)
    harness.last.decoder.decodeHeaders(new RouterHarness(routes(''), request('/')).send().response!, false)
    harness.dispatcher.advance(900)
    harness.last.decoder.decodeData(bytes('x'), false)
    harness.dispatcher.advance(999)
    expect(harness.resetDetails).toBe(undefined)
    harness.dispatcher.advance(1)
    expect(harness.resetDetails).toBe('upstream_per_try_idle_timeout')
  })

  test('per_try_idle_timeout begins with the end of the request', () => {
    const harness = router('retry_policy: {per_try_idle_timeout: 1s}').send('x', true)
    harness.dispatcher.advance(5000)
    expect(harness.reply).toBe(undefined)
    harness.filter.decodeData(bytes('y'), true)
    harness.dispatcher.advance(1000)
    expect(outcome(harness)).toEqual([504, 'upstream request timeout', 'upstream_per_try_idle_timeout', 'UT'])
  })
})

describe('retries', () => {
  const policy = (more: string) => `retry_policy: {retry_on: ${more}}`
  /** Plays `status` for each attempt until the filter makes no other one. */
  function play(harness: RouterHarness, ...statuses: readonly number[]): RouterHarness {
    for (const status of statuses) {
      harness.last.respond(status)
      harness.dispatcher.advance(1000)
    }
    return harness
  }

  test('a response that asks for it is tried again, with body and count', () => {
    const harness = router(policy('5xx'), {}).send('body')
    harness.last.respond(503)
    expect([harness.attempts.length, harness.retriesInFlight]).toEqual([1, 1])
    harness.dispatcher.advance(25)
    expect([harness.attempts.length, harness.last.body, harness.last.ended]).toEqual([2, 'body', true])
    harness.last.respond(200)
    expect([harness.response?.status, harness.info.attemptCount, harness.retriesInFlight]).toEqual([200, 2, 0])
    expect(harness.count('retried 503')).toBe(1)
    expect([harness.count('upstream_rq_retry'), harness.count('upstream_rq_retry_success')]).toEqual([1, 1])
    expect(harness.armedTimers).toBe(0)
  })

  test('when there are no more the last response counts, with a flag', () => {
    const harness = play(router(policy('5xx, num_retries: 2')).send(), 500, 500, 500)
    expect([harness.attempts.length, harness.response?.status, harness.info.flags.join()]).toEqual([3, 500, 'URX'])
    expect(harness.count('upstream_rq_retry_limit_exceeded')).toBe(1)
  })

  test.each([
    ['5xx', 500, true],
    ['5xx', 404, false],
    ['gateway-error', 500, false],
    ['gateway-error', 504, true],
    ['retriable-4xx', 409, true],
    ['retriable-4xx', 400, false],
    ['retriable-status-codes, retriable_status_codes: [418]', 418, true],
    ['retriable-status-codes, retriable_status_codes: [418]', 429, false],
    ['bogus', 503, false],
    ['reset', 503, false],
  ])('retry_on: %s, response %d: %p', (condition, status, expected) => {
    expect(play(router(policy(condition)).send(), status).attempts.length > 1).toBe(expected)
  })

  test.each([
    ['5xx', true],
    ['gateway-error', true],
    ['reset', true],
    ['reset-before-request', false],
    ['connect-failure', false],
    ['retriable-4xx', false],
  ])('retry_on: %s, reset of a request that was sent: %p', (condition, expected) => {
    const harness = router(policy(condition)).send()
    harness.last.decoder.onReset('connection-termination', '')
    harness.dispatcher.advance(1000)
    expect(harness.attempts.length > 1).toBe(expected)
  })

  test('connect-failure, until the retries are used up', () => {
    const harness = router(policy('connect-failure'), { connects: false }).send()
    harness.last.fail('remote-connection-failure')
    harness.dispatcher.advance(1000)
    harness.last.fail('remote-connection-failure')
    expect(outcome(harness).slice(1, 2)).toEqual([
      'upstream connect error or disconnect/reset before headers. retried and the latest reset reason: remote connection failure',
    ])
    expect(harness.info.flags).toEqual(['URX', 'UF'])
  })

  test('retriable_request_headers and x-envoy-ratelimited', () => {
    const only = policy('5xx, retriable_request_headers: [{name: ":method", string_match: {exact: POST}}]')
    expect(play(router(only).send(), 503).attempts.length).toBe(1)
    const limited = router(policy('5xx')).send()
    limited.last.respond(503, undefined, { 'x-envoy-ratelimited': 'true' })
    expect(limited.response?.status).toBe(503)
  })

  test('request headers widen the policy and go no further', () => {
    const headers = request(
      '/',
      'x-envoy-retry-on: retriable-status-codes',
      'x-envoy-retriable-status-codes: 410',
      'x-envoy-max-retries: 3',
    )
    const harness = play(router('', {}, headers).send(), 410, 410, 410, 410)
    expect(harness.attempts.length).toBe(4)
    expect(Object.keys(harness.attempts[0]!.headers).filter((name) => /retr/.test(name))).toEqual([])
  })

  test('each header names conditions of its kind; numbers are decimal, with a plus at most', () => {
    const attempts = (status: number, ...headers: readonly string[]): number =>
      play(router('', {}, request('/', ...headers)).send(), status, status).attempts.length
    expect(attempts(503, 'x-envoy-retry-grpc-on: 5xx')).toBe(1)
    expect(attempts(503, 'x-envoy-retry-on: 5xx', 'x-envoy-max-retries: +1')).toBe(2)
    expect(attempts(503, 'x-envoy-retry-on: 5xx', 'x-envoy-max-retries: 0x1')).toBe(2)
    const codes = (list: string): readonly string[] => [
      'x-envoy-retry-on: retriable-status-codes',
      `x-envoy-retriable-status-codes: ${list}`,
    ]
    expect(attempts(410, ...codes('4.1e2,0x19a'))).toBe(1)
    expect(attempts(410, ...codes('404, +410'))).toBe(2)
  })

  test('a gRPC status is a number', () => {
    const harness = router(policy('unavailable')).send()
    harness.last.respond(200, undefined, { 'grpc-status': '014' })
    harness.dispatcher.advance(1000)
    expect(harness.attempts.length).toBe(2)
  })

  test('a status of 600 and above is no 5xx', () => {
    const harness = play(router(policy('5xx')).send(), 600)
    expect([harness.attempts.length, harness.response?.status]).toEqual([1, 600])
  })

  test('the breaker for retries', () => {
    const harness = play(router(policy('5xx'), { maxRetries: 0 }).send(), 503)
    expect([harness.response?.status, harness.info.flags.join(), harness.count('upstream_rq_retry_overflow')]).toEqual([
      503,
      'UO',
      1,
    ])
  })

  test('the expected timeout counts down from the complete request', () => {
    const harness = router(`timeout: 1s, ${policy('5xx')}`).send()
    harness.dispatcher.advance(100)
    harness.last.respond(503)
    harness.dispatcher.advance(12)
    expect(harness.last.headers['x-envoy-expected-rq-timeout-ms']).toBe('888')
  })

  test('per_try_timeout: each attempt has its own', () => {
    const harness = router(policy('5xx, per_try_timeout: 0.2s')).send()
    expect(harness.last.headers['x-envoy-expected-rq-timeout-ms']).toBe('200')
    harness.dispatcher.advance(200 + 12)
    expect(harness.attempts.length).toBe(2)
    harness.dispatcher.advance(200)
    expect(outcome(harness)).toEqual([504, 'upstream request timeout', 'upstream_per_try_timeout', 'URX,UT'])
    expect(harness.count('upstream_rq_per_try_timeout')).toBe(2)
  })

  test('a connection that is not there yet does not use up the time of an attempt', () => {
    const harness = router(policy('5xx, per_try_timeout: 0.2s'), { connects: false }).send()
    harness.dispatcher.advance(1000)
    expect(harness.attempts.length).toBe(1)
    harness.last.connect()
    harness.dispatcher.advance(200 + 12)
    expect(harness.attempts.length).toBe(2)
  })

  test('previous_hosts chooses others', () => {
    const predicate =
      '{name: p, typed_config: {"@type": type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate}}'
    const more = `5xx, num_retries: 2, retry_host_predicate: [${predicate}], host_selection_retry_max_attempts: 5`
    const harness = play(router(policy(more), { hosts: 3 }).send(), 503, 503, 503)
    expect(harness.attempts.map((attempt) => attempt.host.hostname)).toEqual(['host0', 'host1', 'host2'])
  })

  test('the back-off doubles up to its maximum; half of it is waited for where chance says so', () => {
    const waits = (backOff: string, runtime: Readonly<Record<string, number>> = {}): readonly number[] => {
      const harness = router(policy(`5xx, num_retries: 6${backOff}`), { runtime }).send()
      return Array.from({ length: 6 }, (_, retries) => {
        const from = harness.dispatcher.now
        harness.last.respond(503)
        while (harness.attempts.length < retries + 2) harness.dispatcher.advance(1)
        return harness.dispatcher.now - from
      })
    }
    expect(waits('')).toEqual([12, 25, 50, 100, 125, 125])
    expect(waits('', { 'upstream.base_retry_backoff_ms': 100 })).toEqual([50, 100, 200, 400, 500, 500])
    expect(waits(', retry_back_off: {base_interval: 0.1s}')).toEqual([50, 100, 200, 400, 500, 500])
    expect(waits(', retry_back_off: {base_interval: 0.1s, max_interval: 0.3s}')).toEqual([50, 100, 150, 150, 150, 150])
  })

  test('rate_limited_retry_back_off waits as the response says', () => {
    const reset = 'rate_limited_retry_back_off: {reset_headers: [{name: retry-after, format: SECONDS}]}'
    const harness = router(policy(`5xx, ${reset}`)).send()
    harness.last.respond(503, undefined, { 'retry-after': '2' })
    harness.dispatcher.advance(2499)
    expect(harness.attempts.length).toBe(1)
    harness.dispatcher.advance(1)
    expect([harness.attempts.length, harness.count('upstream_rq_retry_backoff_ratelimited')]).toEqual([2, 1])
  })

  test('a body that cannot be kept ends the retries', () => {
    const harness = router(policy('5xx'), { bufferLimit: 4 }).send('12345')
    expect(harness.count('retry_or_shadow_abandoned')).toBe(1)
    harness.last.respond(503)
    expect(harness.response?.status).toBe(503)
    const waiting = router(policy('5xx'), { bufferLimit: 4 }).send('1234', true)
    waiting.last.decoder.onReset('remote-reset', '')
    waiting.filter.decodeData(bytes('5'), true)
    expect(outcome(waiting)).toEqual([
      507,
      'exceeded request buffer limit while retrying upstream',
      'request_payload_exceeded_retry_buffer_limit',
      '',
    ])
  })

  test('the count of attempts goes up and down where it is asked for', () => {
    const config = table(`{virtual_hosts: [{name: v, domains: ["*"], include_request_attempt_count: true,
      include_attempt_count_in_response: true, include_is_timeout_retry_header: true,
      routes: [{match: {prefix: /}, route: {cluster: c, ${policy('5xx')}}}]}]}`)
    const harness = play(new RouterHarness(config, request('/', 'x-envoy-attempt-count: 9')).send(), 503, 200)
    expect(harness.attempts.map((attempt) => attempt.headers['x-envoy-attempt-count'])).toEqual(['1', '2'])
    expect(harness.last.headers['x-envoy-is-timeout-retry']).toBe('false')
    expect(harness.response?.get('x-envoy-attempt-count')).toBe('2')
    const failed = new RouterHarness(config, request('/'), { connects: false }).send()
    failed.last.fail('overflow')
    expect(failed.response?.get('x-envoy-attempt-count')).toBe('1')
  })
})

describe('hedging', () => {
  const action =
    'timeout: 3s, hedge_policy: {hedge_on_per_try_timeout: true}, retry_policy: {retry_on: 5xx, num_retries: 1, per_try_timeout: 0.2s}'

  test('a slow attempt goes on beside another one; the first response counts', () => {
    const harness = router(action).send()
    expect(harness.last.headers['x-envoy-expected-rq-timeout-ms']).toBe('3000')
    harness.dispatcher.advance(212)
    expect(harness.attempts.map((attempt) => attempt.resets)).toEqual([0, 0])
    harness.attempts[0]!.respond(200, 'first')
    expect([harness.body, harness.attempts[1]!.resets]).toEqual(['first', 1])
    expect(harness.armedTimers).toBe(0)
  })

  test('also what is not to be retried is hedged', () => {
    const only = action.replace('num_retries: 1', 'retriable_request_headers: [{name: x-none}]')
    const harness = router(only).send()
    harness.dispatcher.advance(212)
    expect(harness.attempts.length).toBe(2)
    harness.attempts[0]!.respond(503)
    expect(harness.response?.status).toBe(503)
  })

  test('a bad response waits for the better one', () => {
    const harness = router(action).send()
    harness.dispatcher.advance(212)
    harness.attempts[0]!.respond(503)
    expect(harness.response).toBe(undefined)
    harness.attempts[1]!.respond(200)
    expect(harness.response?.status).toBe(200)
  })
})
