/** LbSubsetConfig of a cluster and envoy.extensions.load_balancing_policies.subset.v3.Subset. */
import type { Json, Reader } from '../../../api/config.ts'
import type { LbPolicy, SubsetFallback, SubsetPolicy, SubsetSelector } from './policy.ts'

/** undefined: without selectors there are no subsets. */
export function readLegacySubset(cluster: Reader, within: LbPolicy): SubsetPolicy | undefined {
  const policy = cluster.message('lb_subset_config', (subset) => readSubset(subset, within))
  return policy === undefined || policy.selectors.length === 0 ? undefined : policy
}

export function readSubset(reader: Reader, within: LbPolicy): SubsetPolicy {
  const mode = reader.enumeration('metadata_fallback_policy', 'METADATA_NO_FALLBACK')
  return {
    kind: 'subset',
    within,
    fallback: reader.enumeration<SubsetFallback>('fallback_policy', 'NO_FALLBACK'),
    defaultSubset: reader.struct('default_subset') ?? NOTHING,
    selectors: reader.messages('subset_selectors', readSelector).filter(({ keys }) => keys.length > 0),
    localityWeightAware: reader.bool('locality_weight_aware', false),
    scaleLocalityWeight: reader.bool('scale_locality_weight', false),
    panicModeAny: reader.bool('panic_mode_any', false),
    listAsAny: reader.bool('list_as_any', false),
    usesFallbackList: (mode as string) === 'FALLBACK_LIST',
    allowsRedundantKeys: false,
  }
}

const NOTHING: Readonly<Record<string, Json>> = {}

function readSelector(reader: Reader): SubsetSelector {
  const keys = inOrder(reader.strings('keys'))
  const fallback = reader.enumeration<SubsetSelector['fallback']>('fallback_policy', 'NOT_DEFINED')
  const fallbackKeys = inOrder(reader.strings('fallback_keys_subset'))
  if (fallback === 'KEYS_SUBSET') checkFallbackKeys(reader, keys, fallbackKeys)
  return { keys, fallback, fallbackKeys, singleHost: reader.bool('single_host_per_subset', false) }
}

function checkFallbackKeys(reader: Reader, keys: readonly string[], fallbackKeys: readonly string[]): void {
  if (fallbackKeys.length === 0) {
    return reader.error('fallback_policy', 'NU162', 'fallback_keys_subset cannot be empty')
  }
  if (!fallbackKeys.every((key) => keys.includes(key))) {
    return reader.error('fallback_keys_subset', 'NU162', 'fallback_keys_subset must be a subset of selector keys')
  }
  // Otherwise the same keys would be looked up for ever.
  if (fallbackKeys.length === keys.length) {
    reader.error('fallback_keys_subset', 'NU162', 'fallback_keys_subset cannot be equal to keys')
  }
}

function inOrder(keys: readonly string[]): readonly string[] {
  return [...new Set(keys)].sort()
}
