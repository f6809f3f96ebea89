/*
 * Asks the real Envoy (from $ENVOY or the PATH) for its stats in a form that holds everything, rebuilds them here and
 * expects every other form to come out the same.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MergedStats } from '../merged-stats.ts'
import { defaultStatsConfig } from '../stats-config.ts'
import { StatsStore } from '../stats-store.ts'
import { renderJson } from './json.ts'
import { PrometheusNames } from './prometheus-name.ts'
import { renderPrometheus } from './prometheus.ts'
import { EVERYTHING, type HistogramBuckets, type StatsQuery } from './stats-query.ts'
import { renderText } from './text.ts'

const binary = process.env['ENVOY'] ?? Bun.which('envoy')
if (binary === null) console.warn('skipped: comparison of /stats with the real Envoy (no envoy on the PATH, no $ENVOY)')

/** Not Envoy's own figures, which change between two questions, nor hashes beyond 2^53. */
const STABLE = '^(cluster|http.ingress|http.direct|listener.127|vhost|runtime|cluster_manager|workers)(?!.*\\.version)'
const RE2_STABLE = '^(cluster|http.ingress|http.direct|listener.127|vhost|runtime|cluster_manager|workers)'
const stable = new RegExp(STABLE)
const SIZES = [0, 1, 2, 5, 7, 9, 10, 11, 25, 99, 100, 101, 250, 251, 1234, 100_000]

function config(): string {
  const manager = (prefix: string, route: string) => `
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: ${prefix}
          route_config:
            virtual_hosts:
            - name: vh
              domains: ["*"]
              virtual_clusters: [{ name: vc, headers: [{ name: ":path", string_match: { prefix: / } }] }]
              routes: [{ match: { prefix: / }, stat_prefix: rt, ${route} }]
          http_filters:
          - name: envoy.filters.http.router
            typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }`
  const address = '{ socket_address: { address: 127.0.0.1, port_value: 0 } }'
  return `
admin: { address: ${address} }
stats_flush_interval: 0.2s
static_resources:
  listeners:
  - name: ingress
    address: ${address}${manager('ingress', 'route: { cluster: up }')}
  clusters:
  - name: up
    connect_timeout: 1s
    track_cluster_stats: { request_response_sizes: true }
    load_assignment:
      cluster_name: up
      endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: UPSTREAM } } } }] }]
`
}

describe.skipIf(binary === null)('/stats like Envoy', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nuncio-stats-'))
  let envoy: Bun.Subprocess
  let upstream: Bun.Server<undefined>
  let admin: string
  let stats: MergedStats

  const ask = async (path: string): Promise<string> => (await fetch(`${admin}${path}`)).text()

  beforeAll(async () => {
    upstream = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('ok') })
    writeFileSync(join(folder, 'e.yaml'), config().replace('UPSTREAM', String(upstream.port)))
    envoy = Bun.spawn(
      [
        binary ?? '',
        '-c',
        join(folder, 'e.yaml'),
        '--concurrency',
        '2',
        '--disable-hot-restart',
        '-l',
        'off',
        '--admin-address-path',
        join(folder, 'admin'),
      ],
      { stdout: 'ignore', stderr: 'ignore' },
    )
    admin = `http://${await eventually(() => readFileSync(join(folder, 'admin'), 'utf8'))}`
    await eventually(async () => {
      if ((await ask('/ready')) !== 'LIVE\n') throw new Error('not ready')
    })
    const listener = /::(127\S+)/.exec(await ask('/listeners'))?.[1] ?? ''
    for (const size of SIZES) {
      const headers = { connection: 'close' }
      await (await fetch(`http://${listener}/`, { method: 'POST', body: 'x'.repeat(size), headers })).text()
    }
    // Two flushes: the recordings are merged, and the interval after them is empty.
    await Bun.sleep(600)
    stats = await rebuild(ask)
  }, 20_000)

  afterAll(async () => {
    envoy.kill()
    await envoy.exited
    await upstream.stop(true)
    rmSync(folder, { recursive: true })
  })

  const query = (buckets?: HistogramBuckets, more: Partial<StatsQuery> = {}): StatsQuery => ({
    ...EVERYTHING,
    wanted: (name) => new RegExp(RE2_STABLE).test(name),
    buckets,
    ...more,
  })
  const { buckets, tags } = defaultStatsConfig([])
  const filter = `filter=${encodeURIComponent(RE2_STABLE)}`

  test.each(['summary', 'cumulative', 'disjoint', 'detailed'] as const)('text, histograms %s', async (mode) => {
    const expected = await ask(`/stats?${filter}&histogram_buckets=${mode}`)
    expect(comparable(renderText(stats, query(mode), buckets).text)).toEqual(comparable(expected))
  })

  test.each(['summary', 'cumulative', 'disjoint', 'detailed'] as const)('JSON, histograms %s', async (mode) => {
    const path = `/stats?format=json&type=Histograms&${filter}&histogram_buckets=${mode}`
    expect(renderJson(stats, query(mode, { type: 'Histograms' }), buckets).text).toBe(await ask(path))
  })

  test('JSON, counters', async () => {
    const expected = await ask(`/stats?format=json&type=Counters&${filter}`)
    expect(renderJson(stats, query(undefined, { type: 'Counters' }), buckets).text).toBe(expected)
  })

  test.each(['cumulative', 'summary'] as const)('Prometheus, histograms %s', async (mode) => {
    const ours = renderPrometheus(stats, query(mode), buckets, new PrometheusNames(tags)).text
    expect(comparable(ours)).toEqual(comparable(await ask(`/stats/prometheus?${filter}&histogram_buckets=${mode}`)))
  })
})

/** Lines, without what does not survive the way through JavaScript numbers. */
function comparable(text: string): readonly string[] {
  return text.split('\n').filter((line) => !/[._]version\b/.test(line))
}

interface JsonBin {
  readonly lower_bound: number
  readonly count: number
}

async function rebuild(ask: (path: string) => Promise<string>): Promise<MergedStats> {
  const store = new StatsStore()
  const read = async (type: string): Promise<readonly { name: string; value: number }[]> =>
    JSON.parse(await ask(`/stats?format=json&type=${type}`)).stats.filter((s: { name: string }) => stable.test(s.name))
  for (const { name, value } of await read('Counters')) store.root.counter(name).add(value)
  for (const { name, value } of await read('Gauges')) store.root.gauge(name).set(value)
  const answer = JSON.parse(await ask('/stats?format=json&type=Histograms&histogram_buckets=detailed'))
  for (const { name, totals } of answer.stats[0].histograms.details as { name: string; totals: JsonBin[] }[]) {
    if (!stable.test(name)) continue
    const histogram = store.root.histogram(name)
    // The lower bound of a bin falls into it, once the error of a double is rounded away.
    for (const { lower_bound: value, count } of totals)
      for (let i = 0; i < count; i++) histogram.record(Math.round(value))
  }
  const stats = new MergedStats(store)
  stats.mergeHistograms([])
  stats.mergeHistograms([])
  return stats
}

async function eventually<T>(attempt: () => T | Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      if (tries === 200) throw error
      await Bun.sleep(50)
    }
  }
}
