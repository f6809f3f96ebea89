import { describe, expect, test } from 'bun:test'
import { fakeReader } from '../../test/support/fake-reader.ts'
import type { Message, Reader } from '../api/config.ts'
import { DEFAULT_BUCKETS } from './histogram/statistics.ts'
import { MergedStats } from './merged-stats.ts'
import { parseStatsConfig } from './stats-config.ts'
import { StatsStore } from './stats-store.ts'

const ONEOFS = {
  tag_value: ['regex', 'fixed_value'],
  stats_matcher: ['reject_all', 'exclusion_list', 'inclusion_list'],
}

function parse(json: Message, commandLineTags: { name: string; value: string }[] = []) {
  const { reader, findings } = fakeReader(json, ONEOFS)
  const readStringMatcher = (matcher: Reader) => {
    const prefix = matcher.string('prefix')
    return (text: string) => text.startsWith(prefix)
  }
  return { config: parseStatsConfig(reader, { readStringMatcher, commandLineTags }), findings }
}

const tagsOf = (json: Message, name: string) =>
  parse(json, [{ name: 'cli', value: 'c' }])
    .config.tags.produce(name)
    .tags.map((tag) => `${tag.name}=${tag.value}`)

describe('stats_config', () => {
  test('empty: default tags, every stat, default buckets, nothing left unread', () => {
    const { config, findings } = parse({})
    expect(config.tags.produce('cluster.c.x').tags).toEqual([{ name: 'envoy.cluster_name', value: 'c' }])
    expect(config.accepts('anything')).toBe(true)
    expect(config.buckets('h')).toBe(DEFAULT_BUCKETS)
    expect([findings.errors, findings.unread()]).toEqual([[], []])
  })

  test('tags of the command line come before those of the configuration', () => {
    const json = {
      stats_tags: [
        { tag_name: 'f', fixed_value: 'v' },
        { tag_name: 'r', regex: '^cluster\\.((c)\\.)' },
      ],
    }
    expect(tagsOf(json, 'cluster.c.x')).toEqual(['cli=c', 'f=v', 'envoy.cluster_name=c', 'r=c'])
  })

  test('default tags one by one', () => {
    const json = { use_all_default_tags: false, stats_tags: [{ tag_name: 'envoy.response_code' }] }
    expect(tagsOf(json, 'cluster.c.upstream_rq_200')).toEqual(['cli=c', 'envoy.response_code=200'])
  })

  test('a default tag is overridden only when that is allowed', () => {
    const json = { stats_tags: [{ tag_name: 'envoy.cluster_name', regex: '^cluster\\.((.)[^.]*\\.)' }] }
    expect(tagsOf(json, 'cluster.up.x')).toEqual(['cli=c', 'envoy.cluster_name=up'])
    expect(tagsOf({ ...json, allow_default_tag_overrides: true }, 'cluster.up.x')).toEqual([
      'cli=c',
      'envoy.cluster_name=u',
    ])
  })

  test('wrong tags are told', () => {
    const json = { stats_tags: [{ tag_name: 'foo' }, { tag_name: 'bar', regex: '(' }, { regex: 'a' }] }
    const { errors } = parse(json).findings
    expect(errors[0]).toBe("No regex specified for tag specifier and no default regex for name: 'foo'")
    expect(errors[1]).toStartWith("Invalid regex '(': ")
    expect(errors.slice(2)).toEqual(['tag_name cannot be empty'])
  })

  test('the matcher hides stats without disturbing who counts', () => {
    const patterns = { patterns: [{ prefix: 'a' }, { prefix: 'b' }] }
    const shown = (matcher: Message): readonly string[] => {
      const store = new StatsStore()
      const stats = new MergedStats(store, parse({ stats_matcher: matcher }).config.accepts)
      for (const name of ['a1', 'b1', 'c1']) {
        store.root.counter(name).inc()
        store.root.histogram(name).record(1)
        store.root.textReadout(name).set('t')
        expect(store.root.counter(name).value).toBe(1)
      }
      stats.mergeHistograms([])
      expect(stats.histograms().map((h) => h.name)).toEqual(stats.counters().map((c) => c.name))
      expect(stats.textReadouts().map((t) => t.name)).toEqual(stats.counters().map((c) => c.name))
      return stats.counters().map((counter) => counter.name)
    }
    expect(shown({ exclusion_list: patterns })).toEqual(['c1'])
    expect(shown({ inclusion_list: patterns })).toEqual(['a1', 'b1'])
    expect(shown({ reject_all: true })).toEqual([])
    expect(shown({ reject_all: false })).toEqual(['a1', 'b1', 'c1'])
  })

  test('buckets: the first setting that matches, in order of size', () => {
    const settings = [
      { match: { prefix: '' }, bins: 5 },
      { match: { prefix: 'a' }, buckets: [5, 1], bins: 3 },
      { match: { prefix: 'ab' }, buckets: [9] },
    ]
    const { config, findings } = parse({ histogram_bucket_settings: settings })
    expect([config.buckets('abc'), config.buckets('x')]).toEqual([[1, 5], DEFAULT_BUCKETS])
    expect(findings.unread()).toEqual([])
  })
})
