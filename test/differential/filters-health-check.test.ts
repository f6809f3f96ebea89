/* envoy.filters.http.health_check against the real one. */
import { routeTo, staticCluster } from '../support/configs.ts'
import { differentialFilters, exchange, filterEntry } from './support/filter-case.ts'

const LOG = '%REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%'
const STATS =
  /\.health_check\.(?!name)|http\.ingress\.downstream_rq_(?:total|completed|[2345]xx)|cluster\.app\.upstream_rq_(?:[2-5]|total)/
const NODE = { node: { id: 'n', cluster: 'clus-1' } }

function check(config: object, name = ':path', match: object = { exact: '/hc' }): object {
  return filterEntry('health_check', 'health_check.v3.HealthCheck', {
    pass_through_mode: false,
    headers: [{ name, string_match: match }],
    ...config,
  })
}

differentialFilters('health_check: answered here', {
  filters: [
    check({
      headers: [
        { name: ':path', string_match: { prefix: '/hc' } },
        { name: 'x-not', invert_match: true, present_match: true },
      ],
    }),
  ],
  bootstrap: NODE,
  log: LOG,
  stats: STATS,
  requests: [
    ['get', 'GET /hc'],
    ['head', 'HEAD /hc'],
    ['post', 'POST /hc', [], 'abc'],
    ['empty post', 'POST /hc', [], ''],
    ['chunks', 'POST /hc', ['transfer-encoding: chunked'], '3\r\nabc\r\n0\r\n\r\n'],
    ['query', 'GET /hc?a'],
    ['not meant', 'GET /hc', ['x-not: 1']],
    ['other', 'GET /'],
  ],
})

differentialFilters('health_check: fails on demand', {
  filters: [check({})],
  bootstrap: NODE,
  log: LOG,
  stats: STATS,
  requests: [['before', 'GET /hc']],
  afterwards: async (side) => {
    await side.proxy.admin('/healthcheck/fail', 'POST')
    await exchange(side, ['failed', 'GET /hc'])
    await exchange(side, ['failed HEAD', 'HEAD /hc'])
    await exchange(side, ['other', 'GET /'])
    await side.proxy.admin('/healthcheck/ok', 'POST')
    await exchange(side, ['after', 'GET /hc'])
    await exchange(side, ['other, after', 'GET /'])
  },
})

differentialFilters('health_check: passed through and cached', {
  filters: [check({ pass_through_mode: true, cache_time: '60s' })],
  bootstrap: NODE,
  log: LOG,
  stats: STATS,
  requests: [
    ['first', 'GET /hc', ['x-do: status=503;header=x-envoy-degraded:']],
    ['cached', 'GET /hc', ['x-do: status=200']],
    ['cached HEAD', 'HEAD /hc'],
    ['cached POST', 'POST /hc', [], 'abc'],
    ['other', 'GET /'],
  ],
})

differentialFilters('health_check: passed through', {
  filters: [check({ pass_through_mode: true })],
  log: LOG,
  stats: STATS,
  requests: [
    ['one', 'GET /hc', ['x-do: status=503']],
    ['two', 'GET /hc'],
    ['reset', 'GET /hc', ['x-do: reset']],
    ['other', 'GET /'],
  ],
})

const percentage = (value: number): object => ({ value })

for (const [name, percentages] of Object.entries({
  healthy: { app: percentage(100), half: percentage(50) },
  'healthy, fractions do not count': { app: percentage(100), half: percentage(50.9), none: percentage(0.9) },
  unhealthy: { app: percentage(100), half: percentage(51) },
  empty: { app: percentage(100), none: percentage(1) },
  'empty, but allowed': { app: percentage(100), none: percentage(0) },
  missing: { app: percentage(100), nowhere: percentage(1) },
})) {
  differentialFilters(`health_check: clusters, ${name}`, {
    filters: [check({ cluster_min_healthy_percentages: percentages })],
    routes: [routeTo('app')],
    clusters: [staticCluster('none', []), halfHealthy()],
    log: LOG,
    stats: STATS,
    requests: [['check', 'GET /hc']],
  })
}

function halfHealthy(): object {
  const endpoint = { address: { socket_address: { address: '127.0.0.1', port_value: 1 } } }
  const lb_endpoints = ['HEALTHY', 'UNHEALTHY'].map((health_status) => ({ endpoint, health_status }))
  return { ...staticCluster('half', []), load_assignment: { cluster_name: 'half', endpoints: [{ lb_endpoints }] } }
}
