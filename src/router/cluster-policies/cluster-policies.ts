/**
 * What a cluster's HttpProtocolOptions say of requests: retries, hashing, copies, which responses are failures, and
 * filters in front of its hosts. They take the place of what the route or the router says.
 */
import type { Message, Reader } from '../../api/config.ts'
import type { FactoryContext, ParseContext } from '../../api/extension.ts'
import type { ClusterHttpPolicies } from '../../api/upstream.ts'
import { readHashPolicy } from '../hash-policy.ts'
import { readMirrorPolicies } from '../mirror/mirror-policy.ts'
import { readRetryPolicy } from '../retry-policy.ts'
import type { UpstreamFilterConfig, UpstreamFilterList } from '../upstream-filters/upstream-filter-config.ts'
import { createUpstreamFilters, readUpstreamFilters } from '../upstream-filters/upstream-filter-config.ts'
import { readErrorMatcher } from './error-matcher.ts'

export interface ClusterPolicyConfig extends Omit<ClusterHttpPolicies, 'upstreamFilters'> {
  readonly upstreamFilterConfigs: readonly UpstreamFilterConfig[] | undefined
}

const FIELDS = ['retry_policy', 'hash_policy', 'request_mirror_policies', 'outlier_detection', 'http_filters']

const FILTERS: UpstreamFilterList = {
  field: 'http_filters',
  chain: 'upstream http',
  missingCodec: () =>
    'The codec filter is the only valid terminal upstream HTTP filter, ' +
    "use 'envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec'",
}

/** Those fields of HttpProtocolOptions that `readClusterPolicies` reads; undefined when none is set. */
export function clusterPolicyFields(options: Message): Message | undefined {
  const set = FIELDS.filter((field) => options[field] !== undefined)
  return set.length === 0 ? undefined : Object.fromEntries(set.map((field) => [field, options[field]!]))
}

export function readClusterPolicies(options: Reader, context: ParseContext): ClusterPolicyConfig {
  return {
    // Its timeouts are read and mean nothing: those of the route count, in Envoy too.
    retryPolicy: options.message('retry_policy', readRetryPolicy),
    hashPolicy: readHashPolicy(options),
    // Clusters may come and go while the cluster stays, so nobody checks that there is one of the name.
    mirrorPolicies: readMirrorPolicies(options, { ...context, clusterNames: undefined }),
    isError: options.message('outlier_detection', (detection) => detection.message('error_matcher', readErrorMatcher)),
    upstreamFilterConfigs: readUpstreamFilters(options, FILTERS, context),
  }
}

/** On the thread that serves; what filters count stands below the cluster's own prefix. */
export function createClusterPolicies(config: ClusterPolicyConfig, context: FactoryContext): ClusterHttpPolicies {
  const { upstreamFilterConfigs: filters, ...policies } = config
  return { ...policies, upstreamFilters: filters && createUpstreamFilters(filters, context) }
}
