import { describe, expect, test } from 'bun:test'
import type { FactoryContext } from '../../../../api/extension.ts'
import type { ThreadCluster } from '../../../../api/upstream.ts'
import type { FilterSetup } from '../../../../../test/support/filter-harness.ts'
import { FilterHarness } from '../../../../../test/support/filter-harness.ts'
import { httpFilterConformance } from '../../../../../test/support/http-filter-conformance.ts'
import { extension } from './extension.ts'

const PATH = 'headers: [{name: ":path", string_match: {exact: /hc}}]'
const ANY = 'headers: [{name: ":path", string_match: {prefix: /}}]'
const OWN = `pass_through_mode: false, ${PATH}`
const CACHED = `pass_through_mode: true, cache_time: 1s, ${PATH}`

httpFilterConformance(extension, {
  good: [
    `{pass_through_mode: false, ${ANY}}`,
    `{pass_through_mode: true, cache_time: 100s, ${ANY}}`,
    `{${OWN}, cluster_min_healthy_percentages: {a: {value: 50}, b: {value: 0}}}`,
  ],
  transparent: `{${OWN}}`,
  bad: [
    ['{}', 'pass_through_mode'],
    [`{${OWN}, cache_time: 1s}`, 'cache_time_ms must not be set'],
    [`{${OWN}, cluster_min_healthy_percentages: {a: {value: 101}}}`, 'value'],
  ],
})

function health(config: string, context: Partial<FactoryContext> = {}, more: FilterSetup = {}) {
  return new FilterHarness(extension, { config: `{${config}}`, context, ...more })
}

function clusters(
  members: Readonly<Record<string, readonly [total: number, healthy: number]>>,
): Partial<FactoryContext> {
  const get = (name: string): ThreadCluster | undefined => {
    const counts = members[name]
    // The filter asks for nothing else.
    return counts && ({ membership: { total: counts[0], healthy: counts[1] } } as ThreadCluster)
  }
  return { clusters: { get } }
}

describe('health check', () => {
  test('is answered here, with a body only when it is complete', () => {
    const filter = health(OWN)
    const reply = filter.send('GET /hc').reply()
    expect(reply.status).toBe(200)
    expect(reply.headers['x-envoy-upstream-healthchecked-cluster']).toBe('clus-1')
    filter.sendOpen('POST /hc').chunk('abc')
    expect(filter.written()).toBe('')
    expect(filter.endChunks().reply().status).toBe(200)
    expect([filter.reached, filter.logged[0]?.details]).toEqual([false, 'health_check_ok'])
    expect([filter.stat('health_check.ok'), filter.stat('downstream_rq_2xx')]).toEqual([2, 0])
  })

  test('fails on demand, which other responses tell as well', () => {
    const filter = health(OWN, { health: { failed: true } })
    expect(filter.send('GET /hc').reply().status).toBe(503)
    expect(filter.logged[0]).toMatchObject({ flags: 'LH', details: 'health_check_failed' })
    filter.send('GET /').respond(200, [], 'ok')
    expect(filter.reply().headers['x-envoy-immediate-health-check-fail']).toBe('true')
  })

  test('goes to the upstream, whose answer is good for the cache time', () => {
    const filter = health(CACHED)
    filter.send('GET /hc').respond(503, ['x-envoy-degraded: ']).written()
    const cached = filter.send('GET /hc').reply()
    expect([cached.status, cached.headers['x-envoy-degraded']]).toEqual([503, ''])
    expect(filter.logged[1]?.details).toBe('health_check_cached')
    filter.advance(1000).send('GET /hc')
    expect(filter.reached).toBeTrue()
    filter.respond(200).written()
    expect(filter.send('GET /hc').reply().status).toBe(200)
    expect([filter.stat('health_check.cached_response'), filter.stat('health_check.degraded')]).toEqual([2, 1])
  })

  test.each([
    [{ a: [4, 2], b: [1, 1] }, 200, 'health_check_ok_cluster_healthy'],
    [{ a: [4, 1], b: [1, 1] }, 503, 'health_check_failed_cluster_unhealthy'],
    [{ a: [0, 0], b: [1, 1] }, 503, 'health_check_failed_cluster_empty'],
    [{ a: [4, 4], b: [0, 0] }, 200, 'health_check_ok_cluster_healthy'],
    [{ b: [1, 1] }, 503, 'health_check_failed_no_cluster_found'],
  ] as const)('by the hosts of clusters: %j is %d', (members, status, details) => {
    const percentages = 'cluster_min_healthy_percentages: {a: {value: 50}, b: {value: 0}}'
    const filter = health(`${OWN}, ${percentages}`, clusters(members))
    expect(filter.send('GET /hc').reply().status).toBe(status)
    expect(filter.logged[0]?.details).toBe(details)
  })
})
