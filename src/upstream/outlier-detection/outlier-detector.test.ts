import { describe, expect, test } from 'bun:test'
import { ANY_HOST, staticCluster, testClusters } from '../testing/test-clusters.ts'
import { successRates } from './success-rates.ts'

function detecting(settings: string, hosts: number) {
  const ports = Array.from({ length: hosts }, (_, index) => 80 + index)
  const clusters = testClusters([staticCluster('a', ports, `outlier_detection: {${settings}}`)])
  clusters.manager.start()
  const monitors = new Map<string, NonNullable<ReturnType<typeof monitorOf>>>()
  while (monitors.size < hosts) {
    const pick = clusters.worker.get('a')!.chooseHost(ANY_HOST)
    if (pick.kind !== 'host') throw new Error(pick.kind)
    monitors.set(pick.host.address.text, pick.host.monitor!)
  }
  return {
    ...clusters,
    respond: (host: number, ...statuses: readonly number[]) => {
      for (const status of statuses) monitors.get(`127.0.0.1:${80 + host}`)!.response(status)
    },
    monitor: (host: number) => monitors.get(`127.0.0.1:${80 + host}`)!,
    ejected: () =>
      clusters.manager
        .status()[0]!
        .hosts.flatMap(({ healthFlags }, index) => (healthFlags.includes('failed_outlier_check') ? [index] : [])),
    count: (name: string) => clusters.stat(`cluster.a.outlier_detection.ejections_${name}`),
  }
}

type TestHost = ReturnType<ReturnType<typeof testClusters>['worker']['get']>
const monitorOf = (cluster: TestHost) => {
  const pick = cluster!.chooseHost(ANY_HOST)
  return pick.kind === 'host' ? pick.host.monitor : undefined
}

const repeat = (status: number, times: number): readonly number[] => Array.from({ length: times }, () => status)

describe('outlier detection', () => {
  test('five 5xx in a row take a host out, for 30 s', () => {
    const { respond, ejected, dispatcher, count, stat } = detecting('max_ejection_percent: 100', 2)
    respond(0, 500, 500, 500, 500, 200, 500, 500, 500, 500)
    expect(ejected()).toEqual([])
    respond(0, 500)
    expect(ejected()).toEqual([0])
    expect([count('active'), count('enforced_total'), count('enforced_consecutive_5xx'), count('total')]).toEqual([
      1, 1, 1, 1,
    ])
    expect(stat('cluster.a.membership_healthy')).toBe(1)
    dispatcher.advance(29_999)
    expect(ejected()).toEqual([0])
    dispatcher.advance(1)
    expect(ejected()).toEqual([])
    expect(count('active')).toBe(0)
  })

  test('the second time takes twice as long, up to the most', () => {
    const { respond, ejected, dispatcher } = detecting(
      'max_ejection_percent: 100, base_ejection_time: 10s, max_ejection_time: 25s, interval: 1s',
      1,
    )
    const times = [10_000, 20_000, 25_000].map((expected) => {
      respond(0, ...repeat(503, 5))
      dispatcher.advance(expected - 1)
      const stillOut = ejected().length
      dispatcher.advance(1)
      return [stillOut, ejected().length]
    })
    expect(times).toEqual([
      [1, 0],
      [1, 0],
      [1, 0],
    ])
  })

  test('gateway failures are detected and by default not enforced', () => {
    const { respond, ejected, count } = detecting('max_ejection_percent: 100, consecutive_5xx: 100', 1)
    respond(0, ...repeat(503, 5))
    expect(ejected()).toEqual([])
    expect([count('detected_consecutive_gateway_failure'), count('enforced_total')]).toEqual([1, 0])
  })

  test('no more than the percentage goes, or one where that is said', () => {
    const few = detecting('max_ejection_percent: 50', 2)
    few.respond(0, ...repeat(500, 5))
    few.respond(1, ...repeat(500, 5))
    expect(few.ejected()).toEqual([0])
    expect(few.count('overflow')).toBe(1)
    const one = detecting('always_eject_one_host: true', 2)
    one.respond(1, ...repeat(500, 5))
    expect(one.ejected()).toEqual([1])
  })

  test('hosts that call themselves degraded are, for as long as they would be ejected', () => {
    const { monitor, dispatcher, count, manager, stat, respond, ejected } = detecting(
      'detect_degraded_hosts: true, base_ejection_time: 10s, interval: 1s, max_ejection_percent: 100',
      2,
    )
    const flags = () => manager.status()[0]!.hosts[0]!.healthFlags.join('/')
    monitor(0).degraded!()
    monitor(0).degraded!()
    expect([flags(), count('detected_degradation'), count('active'), stat('cluster.a.membership_degraded')]).toEqual([
      'degraded_outlier_detection',
      1,
      0,
      1,
    ])
    dispatcher.advance(9999)
    expect(flags()).toBe('degraded_outlier_detection')
    dispatcher.advance(1)
    expect(flags()).toBe('')
    // At once again: twice as long.
    monitor(0).degraded!()
    respond(0, ...repeat(500, 5))
    expect([flags(), ejected()]).toEqual(['failed_outlier_check/degraded_outlier_detection', [0]])
    dispatcher.advance(10_000)
    expect(flags()).toBe('degraded_outlier_detection')
    dispatcher.advance(10_000)
    expect(flags()).toBe('')
    // Each interval in peace takes one step back.
    dispatcher.advance(2000)
    monitor(0).degraded!()
    dispatcher.advance(10_000)
    expect(flags()).toBe('')
    expect(detecting('', 1).monitor(0).degraded).toBeUndefined()
  })

  test('failures to connect are 5xx, unless they are split from responses', () => {
    const together = detecting('max_ejection_percent: 100', 1)
    for (let i = 0; i < 5; i++) together.monitor(0).localOrigin(i % 2 === 0 ? 'failed' : 'timeout')
    expect(together.count('enforced_consecutive_5xx')).toBe(1)
    const split = detecting('max_ejection_percent: 100, split_external_local_origin_errors: true', 1)
    for (let i = 0; i < 5; i++) split.monitor(0).localOrigin('failed')
    expect(split.count('enforced_consecutive_local_origin_failure')).toBe(1)
    expect(split.count('detected_consecutive_5xx')).toBe(0)
  })

  test('a success rate far below the others takes a host out', () => {
    const { respond, ejected, dispatcher, count, manager } = detecting(
      'max_ejection_percent: 100, consecutive_5xx: 1000, success_rate_request_volume: 10',
      5,
    )
    for (const host of [0, 1, 2, 3]) respond(host, ...repeat(200, 20))
    for (let i = 0; i < 10; i++) respond(4, 500, 200)
    dispatcher.advance(10_000)
    expect(ejected()).toEqual([4])
    expect([count('enforced_success_rate'), count('success_rate')]).toEqual([1, 1])
    const [cluster] = manager.status()
    expect(cluster!.outlier!.external).toEqual(successRates([100, 100, 100, 100, 50], 1.9))
    expect(cluster!.hosts[4]!.successRate).toBe(50)
    dispatcher.advance(10_000)
    expect(manager.status()[0]!.outlier!.external).toEqual({ average: -1, threshold: -1 })
  })

  test('failure percentages are compared with a number', () => {
    const { respond, ejected, dispatcher, count } = detecting(
      'max_ejection_percent: 100, consecutive_5xx: 1000, enforcing_success_rate: 0, enforcing_failure_percentage: 100, ' +
        'failure_percentage_minimum_hosts: 1, failure_percentage_request_volume: 10, failure_percentage_threshold: 50',
      2,
    )
    for (let i = 0; i < 10; i++) respond(1, 500, 200)
    respond(0, ...repeat(200, 20))
    dispatcher.advance(10_000)
    expect(ejected()).toEqual([1])
    expect(count('enforced_failure_percentage')).toBe(1)
  })

  test('the runtime changes limits', () => {
    const { respond, ejected, setRuntime } = detecting('max_ejection_percent: 100', 1)
    setRuntime({ 'outlier_detection.consecutive_5xx': 2 })
    respond(0, 500, 500)
    expect(ejected()).toEqual([0])
  })
})

describe('success rates', () => {
  test("the documentation's example", () => {
    expect(successRates([50, 100, 100, 100, 100], 1.9)).toEqual({ average: 90, threshold: 52 })
  })
})
