import { expect, test } from 'bun:test'
import { ANY_HOST, staticCluster, testClusters } from '../testing/test-clusters.ts'

const TIMES = 'timeout: 1s, interval: 5s, no_traffic_interval: 10s, healthy_threshold: 1, unhealthy_threshold: 1'
const check = (name: string) => `{name: ${name}, ${TIMES}, http_health_check: {path: /${name}}}`

/** One host with two checks, `a` and `b`. */
function twice() {
  const clusters = testClusters([staticCluster('c', [80], `health_checks: [${check('a')}, ${check('b')}]`)])
  let ready = false
  clusters.manager.onInitialized(() => (ready = true))
  clusters.manager.start()
  const { network, manager, stat } = clusters
  const [a, b] = network.connections
  /** Answers the question that a check has asked last. */
  const answer = (connection: typeof a, status: number, more = '') => {
    if (connection!.state === 'connecting') connection!.connect()
    connection!.receive(`HTTP/1.1 ${status} x\r\n${more}content-length: 0\r\n\r\n`)
  }
  return {
    ...clusters,
    a: (status: number, more = '') => answer(a, status, more),
    b: (status: number, more = '') => answer(b, status, more),
    isReady: () => ready,
    flags: () => manager.status()[0]!.hosts[0]!.healthFlags.join('/'),
    count: (name: string) => stat(`cluster.c.health_check.${name}`),
    healthy: () => stat('cluster.c.membership_healthy'),
  }
}

test('a host is healthy once all checks passed, and a cluster waits for all of them', () => {
  const { a, b, flags, isReady, count, healthy } = twice()
  a(200)
  expect([flags(), isReady(), count('healthy'), count('name.a.healthy')]).toEqual(['failed_active_hc', false, 0, 1])
  b(200)
  expect([flags(), isReady(), count('healthy'), count('name.b.healthy')]).toEqual(['', true, 1, 1])
  expect([healthy(), count('name.a.attempt'), count('name.b.success'), count('attempt')]).toEqual([1, 1, 1, undefined])
})

test('one that fails is enough, and each has to come back', () => {
  const { a, b, flags, dispatcher, count, healthy, worker } = twice()
  a(200)
  b(200)
  dispatcher.advance(10_000)
  a(503)
  expect([flags(), healthy(), count('healthy'), count('name.a.failure')]).toEqual(['failed_active_hc', 0, 0, 1])
  b(503)
  dispatcher.advance(10_000)
  a(200)
  expect([flags(), healthy(), count('name.a.healthy')]).toEqual(['failed_active_hc', 0, 1])
  b(200)
  expect([flags(), healthy(), count('healthy')]).toEqual(['', 1, 1])
  dispatcher.advance(1000)
  expect(worker.get('c')!.chooseHost(ANY_HOST).kind).toBe('host')
})

test('degraded by one of them', () => {
  const { a, b, flags, dispatcher, count } = twice()
  a(200, 'x-envoy-degraded: 1\r\n')
  b(200)
  expect([flags(), count('degraded'), count('name.a.degraded')]).toEqual(['degraded_active_hc', 1, 1])
  dispatcher.advance(10_000)
  a(200)
  expect([flags(), count('degraded')]).toEqual(['', 0])
})

test('what a response says of its host is for the last check to hear', () => {
  const { a, b, flags, dispatcher, count, manager } = twice()
  a(200)
  b(200)
  manager.onHostReport('c', 1, 'immediate_failure')
  expect(flags()).toBe('failed_active_hc/excluded_via_immediate_hc_fail')
  expect([count('name.a.passive_failure'), count('name.b.passive_failure')]).toEqual([0, 1])
  dispatcher.advance(10_000)
  a(200)
  b(200)
  expect(flags()).toBe('')
  dispatcher.advance(10_000)
  // A check that hears of it itself keeps it to itself.
  b(503, 'x-envoy-immediate-health-check-fail: 1\r\n')
  expect(flags()).toBe('failed_active_hc')
})

test('checks that are not answered in time, and a cluster that goes', () => {
  const { a, flags, dispatcher, manager, count, isReady } = twice()
  a(200)
  dispatcher.advance(1000)
  expect([flags(), isReady()]).toEqual(['failed_active_hc/active_hc_timeout', true])
  manager.close()
  expect([count('healthy'), count('name.a.healthy'), count('name.b.healthy')]).toEqual([0, 0, 0])
})
