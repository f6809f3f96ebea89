/** How a RouteAction names its cluster: fixed, by a header of the request, or by weight. */
import type { ParseContext } from '../api/extension.ts'
import type { Reader } from '../api/config.ts'
import { toWireText } from '../base/wire-text.ts'
import { didYouMean } from '../config/decode/suggest.ts'
import type { MutationPair } from './header-mutations.ts'
import { readMutationPair } from './header-mutations.ts'
import type { ClusterSpecifier, ClusterSpecifiers } from './cluster-specifier.ts'
import { readClusterSpecifier } from './cluster-specifier.ts'
import type { MetadataMatch } from './metadata-match.ts'
import { readMetadataMatch } from './metadata-match.ts'
import type { PerFilterConfigs } from './per-filter-config.ts'
import { readPerFilterConfigs } from './per-filter-config.ts'

export type ClusterChoice =
  | { readonly kind: 'cluster'; readonly name: string }
  | { readonly kind: 'header'; readonly header: string }
  | { readonly kind: 'specifier'; readonly specifier: ClusterSpecifier }
  | {
      readonly kind: 'weighted'
      readonly clusters: readonly WeightedCluster[]
      readonly total: number
      readonly header: string
      /** The hash of the request takes the place of the random number. */
      readonly usesHash: boolean
      readonly runtimeKeyPrefix: string
    }

export interface WeightedCluster {
  readonly name: string
  /** Takes the name from this header instead; '' for no. */
  readonly header: string
  readonly weight: number
  readonly metadataMatch: MetadataMatch | undefined
  readonly mutations: MutationPair
  /** host_rewrite_literal; '' for none. */
  readonly host: string
  readonly perFilterConfigs: PerFilterConfigs
}

const NO_CLUSTER: ClusterChoice = { kind: 'cluster', name: '' }

export function readClusterChoice(reader: Reader, context: ParseContext, specifiers: ClusterSpecifiers): ClusterChoice {
  switch (reader.oneof('cluster_specifier')) {
    case 'cluster_header':
      return { kind: 'header', header: reader.string('cluster_header').toLowerCase() }
    case 'weighted_clusters':
      return reader.message('weighted_clusters', (weighted) => readWeighted(weighted, context))!
    case 'cluster_specifier_plugin':
      return readNamedSpecifier(reader, specifiers)
    case 'inline_cluster_specifier_plugin':
      return specifierChoice(reader.message('inline_cluster_specifier_plugin', readClusterSpecifier))
    default: {
      const name = reader.string('cluster')
      checkCluster(reader, 'cluster', `route: unknown cluster '${name}'`, name, context)
      return { kind: 'cluster', name }
    }
  }
}

function readNamedSpecifier(reader: Reader, specifiers: ClusterSpecifiers): ClusterChoice {
  const name = reader.string('cluster_specifier_plugin')
  const specifier = specifiers.get(name)
  if (specifier === undefined) {
    const message = `Unknown cluster specifier plugin name: ${name} is used in the route`
    reader.error('cluster_specifier_plugin', 'NU158', message)
  }
  return specifierChoice(specifier)
}

function specifierChoice(specifier: ClusterSpecifier | undefined): ClusterChoice {
  return specifier === undefined ? NO_CLUSTER : { kind: 'specifier', specifier }
}

function readWeighted(reader: Reader, context: ParseContext): ClusterChoice {
  const clusters = reader.messages('clusters', (cluster) => readWeightedCluster(cluster, context))
  reader.ignore('total_weight', 'withdrawn by Envoy: the total is the sum of the weights')
  const total = clusters.reduce((sum, { weight }) => sum + weight, 0)
  if (total === 0) {
    reader.error('clusters', 'NU158', 'Sum of weights in the weighted_cluster must be greater than 0.')
  }
  if (total > 0xffff_ffff) {
    reader.error('clusters', 'NU158', `The sum of weights of all weighted clusters of route exceeds ${0xffff_ffff}`)
  }
  return {
    kind: 'weighted',
    clusters,
    total,
    header: reader.string('header_name').toLowerCase(),
    usesHash: reader.bool('use_hash_policy', false),
    runtimeKeyPrefix: reader.string('runtime_key_prefix'),
  }
}

function readWeightedCluster(reader: Reader, context: ParseContext): WeightedCluster {
  const name = reader.string('name')
  const header = reader.string('cluster_header').toLowerCase()
  if (name !== '') checkCluster(reader, 'name', `route: unknown weighted cluster '${name}'`, name, context)
  if ((name === '') === (header === '')) {
    reader.error(undefined, 'NU158', 'At least one of name or cluster_header need to be specified')
  }
  if (!reader.has('weight')) reader.error(undefined, 'NU158', `Field 'weight' is missing in: name: "${name}"`)
  const host = toWireText(reader.string('host_rewrite_literal'))
  return {
    name,
    header,
    weight: reader.number('weight', 0),
    metadataMatch: readMetadataMatch(reader),
    mutations: readMutationPair(reader),
    host,
    perFilterConfigs: readPerFilterConfigs(reader, context),
  }
}

export function checkCluster(
  reader: Reader,
  field: string,
  message: string,
  name: string,
  context: ParseContext,
): void {
  const known = context.clusterNames
  if (known === undefined || known.has(name)) return
  const names = [...known]
  const listed = names.length === 0 ? 'there are no clusters' : `clusters are: ${names.slice(0, 20).join(', ')}`
  reader.error(field, 'NU150', message, didYouMean(name, names) ?? listed)
}
