import { describe, expect, test } from 'bun:test'
import type { SubsetPolicy } from '../../config/policies/policy.ts'
import { HostSet } from '../host-set.ts'
import type { BalancerOptions } from '../testing/test-balancer.ts'
import { ROUND_ROBIN, sequence, subsetPolicy, tally, testBalancer, weightedHost } from '../testing/test-balancer.ts'
import { valueText } from './metadata-criteria.ts'

const POLICY = subsetPolicy({
  defaultSubset: { stage: 'dev' },
  selectors: [
    { keys: ['stage'], fallback: 'NOT_DEFINED', fallbackKeys: [], singleHost: false },
    { keys: ['stage', 'version'], fallback: 'NOT_DEFINED', fallbackKeys: [], singleHost: false },
  ],
})

const HOSTS = [
  weightedHost({ name: 'a', lb: { stage: 'prod', version: '1' } }),
  weightedHost({ name: 'b', lb: { stage: 'prod', version: '2' } }),
  weightedHost({ name: 'c', lb: { stage: 'dev' } }),
  weightedHost({ name: 'd', lb: { stage: ['x', 'y'] } }),
  weightedHost({ name: 'e' }),
]

function subsets(policy: Partial<SubsetPolicy> = {}, hosts = HOSTS, options: BalancerOptions = {}) {
  return testBalancer([new HostSet(hosts)], { policy: { ...POLICY, ...policy }, random: sequence(0), ...options })
}

describe('subsets', () => {
  test('a request goes to the hosts that have exactly what it asks for', () => {
    const { choose, stats } = subsets()
    expect(choose(4, { metadataMatch: { stage: 'prod' } })).toBe('abab')
    expect(choose(2, { metadataMatch: { version: '2', stage: 'prod' } })).toBe('bb')
    expect(choose(1, { metadataMatch: { version: '2' } })).toBe('-')
    expect(choose(1, { metadataMatch: { stage: 'nope' } })).toBe('-')
    expect(choose(1)).toBe('-')
    expect(stats.lb_subsets_selected.count).toBe(6)
    expect(stats.lb_subsets_fallback.count).toBe(0)
  })

  test('fallback to any host, and to the default subset', () => {
    const any = subsets({ fallback: 'ANY_ENDPOINT' })
    expect(any.choose(5, { metadataMatch: { stage: 'nope' } })).toBe('abcde')
    expect(any.stats.lb_subsets_fallback.count).toBe(5)
    const named = subsets({ fallback: 'DEFAULT_SUBSET' })
    expect(named.choose(2)).toBe('cc')
  })

  test('panic_mode_any when the default subset has nobody', () => {
    const policy = { fallback: 'DEFAULT_SUBSET' as const, defaultSubset: { stage: 'gone' }, panicModeAny: true }
    const { choose, stats } = subsets(policy)
    expect(choose(3)).toBe('abc')
    expect(stats.lb_subsets_fallback_panic.count).toBe(3)
  })

  test('list_as_any: each item is a subset, and counts for the default one', () => {
    expect(subsets().choose(1, { metadataMatch: { stage: 'y' } })).toBe('-')
    expect(subsets().choose(1, { metadataMatch: { stage: ['x', 'y'] } })).toBe('d')
    const { choose } = subsets({ listAsAny: true, fallback: 'DEFAULT_SUBSET', defaultSubset: { stage: 'x' } })
    expect(choose(1, { metadataMatch: { stage: 'y' } })).toBe('d')
    expect(choose(1)).toBe('d')
  })

  test('a selector has a fallback of its own', () => {
    const [stage, both] = POLICY.selectors
    const withFallback = (fallback: 'NO_FALLBACK' | 'ANY_ENDPOINT' | 'DEFAULT_SUBSET' | 'KEYS_SUBSET') =>
      subsets({
        fallback: 'ANY_ENDPOINT',
        selectors: [stage!, { ...both!, fallback, fallbackKeys: ['stage'] }],
      })
    const asked = { metadataMatch: { stage: 'prod', version: '9' } }
    expect(withFallback('NO_FALLBACK').choose(1, asked)).toBe('-')
    expect(withFallback('ANY_ENDPOINT').choose(3, asked)).toBe('abc')
    expect(withFallback('DEFAULT_SUBSET').choose(1, asked)).toBe('c')
    const keys = withFallback('KEYS_SUBSET')
    expect(keys.choose(2, asked)).toBe('ab')
    expect(keys.stats.lb_subsets_selected.count).toBe(2)
    expect(withFallback('ANY_ENDPOINT').stats.lb_subsets_fallback.count).toBe(0)
  })

  test('single_host_per_subset: the first host, healthy or not', () => {
    const hosts = [
      weightedHost({ name: 'a', health: 'unhealthy', lb: { stage: 'prod' } }),
      weightedHost({ name: 'b', lb: { stage: 'prod' } }),
    ]
    const selectors = [{ ...POLICY.selectors[0]!, singleHost: true }]
    expect(subsets({ selectors }, hosts).choose(2, { metadataMatch: { stage: 'prod' } })).toBe('aa')
  })

  test('fallback_list: the first of several overrides that has a host', () => {
    const { choose } = subsets({ usesFallbackList: true })
    const metadataMatch = { stage: 'prod', fallback_list: [{ version: '7' }, { version: '2' }] }
    expect(choose(2, { metadataMatch })).toBe('bb')
    expect(choose(1, { metadataMatch: { fallback_list: [{ stage: 'nope' }] } })).toBe('-')
    expect(choose(1, { metadataMatch: { stage: 'dev', fallback_list: [] } })).toBe('c')
    expect(subsets().choose(1, { metadataMatch })).toBe('-')
  })

  test('allow_redundant_keys: the longest selector that the request satisfies', () => {
    const { choose } = subsets({ allowsRedundantKeys: true })
    expect(choose(1, { metadataMatch: { stage: 'prod', version: '2', more: 'x' } })).toBe('b')
    expect(choose(2, { metadataMatch: { stage: 'prod', more: 'x' } })).toBe('ab')
  })

  test('within a subset health counts as ever', () => {
    const hosts = [
      weightedHost({ name: 'a', health: 'unhealthy', lb: { stage: 'prod' } }),
      weightedHost({ name: 'b', lb: { stage: 'prod' } }),
    ]
    expect(subsets({}, hosts).choose(2, { metadataMatch: { stage: 'prod' } })).toBe('bb')
  })

  test('weights of localities, and those scaled by how many hosts are left', () => {
    const host = (name: string, zone: string, localityWeight: number, stage: string) =>
      weightedHost({ name, zone, localityWeight, lb: { stage } })
    const hosts = [
      host('a', 'x', 50, 'prod'),
      host('b', 'y', 50, 'prod'),
      host('c', 'y', 50, 'dev'),
      host('d', 'y', 50, 'dev'),
      host('e', 'y', 50, 'dev'),
      host('f', 'y', 50, 'dev'),
    ]
    const within = { ...ROUND_ROBIN, localityWeighted: true }
    const shares = (policy: Partial<SubsetPolicy>) =>
      tally(subsets({ within, ...policy }, hosts).choose(120, { metadataMatch: { stage: 'prod' } }))
    expect(shares({ localityWeightAware: true })).toEqual({ a: 60, b: 60 })
    expect(shares({ localityWeightAware: true, scaleLocalityWeight: true })).toEqual({ a: 100, b: 20 })
    expect(shares({})).toEqual({ a: 60, b: 60 })
  })

  test('values are equal whatever the order of their members', () => {
    expect(valueText({ b: [1, true], a: null })).toBe(valueText({ a: null, b: [1, true] }))
    expect(valueText('1')).not.toBe(valueText(1))
  })
})
