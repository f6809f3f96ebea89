import { describe, expect, test } from 'bun:test'
import { announcedNames } from '../announced-names.ts'
import { MergedStats } from '../merged-stats.ts'
import { defaultStatsConfig } from '../stats-config.ts'
import { StatsStore } from '../stats-store.ts'
import { DEFAULT_EXTRACTORS } from '../tags/default-extractors.ts'
import { regexExtractor } from '../tags/regex-extractor.ts'
import { TagProducer } from '../tags/tag-producer.ts'
import { renderJson } from './json.ts'
import { parseStatsQuery } from './parse-query.ts'
import { PrometheusNames } from './prometheus-name.ts'
import { renderPrometheus } from './prometheus.ts'
import { EVERYTHING, type StatsQuery } from './stats-query.ts'
import { renderText } from './text.ts'

const bounds = () => [0.5, 1, 300_000]

function example(): MergedStats {
  const store = new StatsStore()
  const { root } = store
  root.counter('cluster.b.upstream_rq_200').add(3)
  root.counter('cluster.a.upstream_rq_200')
  root.counter('cluster_x').inc()
  root.gauge('cluster.a.g').set(-1)
  root.textReadout('t.text').set('v<1>"\\')
  root.textReadout('t.never')
  root.histogram('h.used').record(1)
  root.histogram('h.unused')
  const stats = new MergedStats(store)
  stats.mergeHistograms([])
  return stats
}

const query = (more: Partial<StatsQuery>): StatsQuery => ({ ...EVERYTHING, ...more })
const prometheus = (more: Partial<StatsQuery>): string =>
  renderPrometheus(example(), query(more), bounds, new PrometheusNames(defaultStatsConfig([]).tags)).text

describe('/stats', () => {
  test('text: texts, numbers of both kinds together, histograms', () => {
    const quantiles = [0, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 100].map((q) => `P${q}(1.05,1.05)`).join(' ')
    expect(renderText(example(), EVERYTHING, bounds).text).toBe(
      `t.never: ""\nt.text: "v<1>"\\"\ncluster.a.g: -1\ncluster.a.upstream_rq_200: 0\ncluster.b.upstream_rq_200: 3\n` +
        `cluster_x: 1\nh.unused: No recorded values\nh.used: ${quantiles}\n`,
    )
  })

  test('text: only what was used, of a type, by name', () => {
    expect(renderText(example(), query({ usedOnly: true, buckets: 'disjoint' }), bounds).text).toBe(
      't.text: "v<1>"\\"\ncluster.a.g: -1\ncluster.b.upstream_rq_200: 3\ncluster_x: 1\nh.used: B0.5(0,0) B1(1,1) B300000(0,0)\n',
    )
    expect(renderText(example(), query({ type: 'Gauges' }), bounds).text).toBe('cluster.a.g: -1\n')
    expect(renderText(example(), query({ wanted: (name) => name.endsWith('x') }), bounds).text).toBe('cluster_x: 1\n')
  })

  test('JSON', () => {
    const some = query({ wanted: (name) => /^t\.text|_x|h\.used/.test(name), buckets: 'cumulative' })
    expect(renderJson(example(), some, bounds).text).toBe(
      '{"stats":[{"name":"t.text","value":"v<1>\\"\\\\"},{"name":"cluster_x","value":1},{"histograms":[{"name":"h.used",' +
        '"buckets":[{"upper_bound":0.5,"interval":0,"cumulative":0},{"upper_bound":1,"interval":1,"cumulative":1},' +
        '{"upper_bound":3e+05,"interval":1,"cumulative":1}]}]}]}',
    )
    expect(renderJson(example(), query({ wanted: () => false }), bounds).text).toBe('{"stats":[]}')
  })

  test('Prometheus: what hosts count has the fixed tags, too', () => {
    const tags = [{ name: 'a', value: 'b' }]
    const number = { name: 'cluster.a.endpoint.b.rq', value: 2, type: 'Gauges', base: 'endpoint.rq', tags } as const
    const names = new PrometheusNames(new TagProducer([], [{ name: 'x.y', value: '"' }], []))
    const asked = query({ wanted: (name) => name.includes('endpoint'), hosts: [number] })
    const text = '# TYPE envoy_endpoint_rq gauge\nenvoy_endpoint_rq{x_y="\\"",a="b"} 2\n'
    expect(renderPrometheus(example(), asked, bounds, names).text).toBe(text)
    expect(prometheus(asked)).toBe(text.replace('x_y="\\"",', ''))
  })

  test('Prometheus: by name without tags, no blank lines, unused ones unless asked otherwise', () => {
    expect(prometheus({ wanted: (name) => name.startsWith('cl') })).toBe(
      '# TYPE envoy_cluster_upstream_rq counter\n' +
        'envoy_cluster_upstream_rq{envoy_response_code="200",envoy_cluster_name="a"} 0\n' +
        'envoy_cluster_upstream_rq{envoy_response_code="200",envoy_cluster_name="b"} 3\n' +
        '# TYPE envoy_cluster_x counter\nenvoy_cluster_x{} 1\n' +
        '# TYPE envoy_cluster_g gauge\nenvoy_cluster_g{envoy_cluster_name="a"} -1\n',
    )
    expect(prometheus({ usedOnly: true, textReadouts: true, wanted: (name) => !name.startsWith('cl') })).toBe(
      '# TYPE envoy_t_text gauge\nenvoy_t_text{text_value="v<1>\\"\\\\"} 0\n# TYPE envoy_h_used histogram\n' +
        'envoy_h_used_bucket{le="0.5"} 0\nenvoy_h_used_bucket{le="1"} 1\nenvoy_h_used_bucket{le="300000"} 1\n' +
        'envoy_h_used_bucket{le="+Inf"} 1\nenvoy_h_used_sum{} 1.0476190476190476719153821250075\nenvoy_h_used_count{} 1\n',
    )
  })
})

test('what is only announced is shown as if it were there, under labels of its own', () => {
  const make = (show: (stats: MergedStats, store: StatsStore, name: string) => void): MergedStats => {
    const store = new StatsStore()
    const stats = new MergedStats(store)
    for (const name of ['a', 'b.c', 'rbac', 'q"1']) show(stats, store, name)
    return stats
  }
  const announced = make((stats, _, name) => stats.announce(`cluster.${name}.`, NAMES))
  const created = make((_, { root }, name) => {
    for (const each of NAMES.counters) root.counter(`cluster.${name}.${each}`)
    for (const each of NAMES.gauges) root.gauge(`cluster.${name}.${each}`)
    for (const each of NAMES.histograms) root.histogram(`cluster.${name}.${each}`)
  })
  for (const buckets of [undefined, 'cumulative', 'disjoint', 'detailed', 'summary'] as const) {
    const asked = query({ buckets })
    expect(renderText(announced, asked, bounds).text).toBe(renderText(created, asked, bounds).text)
    expect(renderJson(announced, asked, bounds).text).toBe(renderJson(created, asked, bounds).text)
    const shown = (stats: MergedStats, tags: TagProducer) =>
      renderPrometheus(stats, asked, bounds, new PrometheusNames(tags)).text
    const { tags } = defaultStatsConfig([])
    expect(shown(announced, tags)).toBe(shown(created, tags))
    // Where the configuration has a say, each name is worked out by itself.
    const alone = new TagProducer(DEFAULT_EXTRACTORS, [], [regexExtractor('mine', 'never')])
    expect(shown(announced, alone)).toBe(shown(created, tags))
  }
})

const NAMES = announcedNames({
  counters: ['ssl.ciphers.x', 'upstream_rq_200', 'upstream_rq_total'],
  gauges: ['circuit_breakers.default.rq_open', 'upstream_rq_total'],
  histograms: ['upstream_rq_time'],
})

describe('query', () => {
  const parse = (text: string, prom = false) =>
    parseStatsQuery(new URLSearchParams(text), prom, {
      compileFilter: (pattern) => {
        if (pattern === '(') throw new Error('missing ): (')
        return (name) => name.includes(pattern)
      },
    })

  test('everything by default', () => {
    const parsed = parse('')
    expect(parsed).toMatchObject({ ok: true, format: 'text', pretty: false })
    expect(parsed.ok && parsed.query.wanted === undefined && !parsed.query.usedOnly).toBe(true)
  })

  test('flags, type, filter, format', () => {
    const parsed = parse('usedonly&type=Counters&filter=ab&format=json&histogram_buckets=none&pretty')
    expect(parsed).toMatchObject({
      ok: true,
      format: 'json',
      pretty: true,
      query: { usedOnly: true, type: 'Counters', buckets: 'summary' },
    })
    expect(parsed.ok && [parsed.query.wanted?.('cab'), parsed.query.wanted?.('ba')]).toEqual([true, false])
    expect(parse('text_readouts', true)).toMatchObject({ format: 'prometheus', query: { textReadouts: true } })
  })

  test.each([
    ['type=Foo', false, 'invalid &type= param'],
    ['filter=(', false, 'Invalid re2 regex: missing ): ('],
    [
      'histogram_buckets=x',
      false,
      'usage: /stats?histogram_buckets=(cumulative|disjoint|detailed|summary|prometheusnative)\n',
    ],
    ['histogram_buckets=disjoint', true, 'unsupported prometheus histogram bucket mode'],
    ['format=xml', false, 'usage: /stats?format=(html|active-html|json|prometheus|text)\n\n'],
  ])('%s is refused', (text, prom, message) => {
    expect(parse(text, prom)).toEqual({ ok: false, message })
  })
})
