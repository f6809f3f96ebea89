/** envoy.config.cluster.v3.LoadBalancingPolicy: of several the first one that is known counts. */
import type { Reader } from '../../../api/config.ts'
import type { ParseContext } from '../../../api/extension.ts'
import { below } from '../../../config/below.ts'
import type { ClusterProvided, LbPolicy } from './policy.ts'

const ROUND_ROBIN: LbPolicy = { kind: 'round_robin', localityWeighted: false, failTrafficOnPanic: false }
const PACKAGE = 'envoy.extensions.load_balancing_policies.'

/** That of a cluster. `nothingFound`: what there is to say where none is known, given the names of all with commas between them. */
export function readPolicyList(
  outer: Reader,
  field: string,
  context: ParseContext,
  nothingFound: (names: string) => string,
): LbPolicy | ClusterProvided {
  let policy: LbPolicy | ClusterProvided | undefined
  let isFound = false
  const names: string[] = []
  outer.message(field, (list) => {
    list.messages('policies', (entry) => {
      if (isFound || !isPolicy(entry, names)) return void entry.keep()
      isFound = true
      entry.message('typed_extension_config', (config) => {
        // Every extension of this category returns one of them.
        const found = context.namedExtension(config, 'envoy.load_balancing_policies')
        policy = found?.config as LbPolicy | ClusterProvided | undefined
      })
    })
  })
  if (!isFound) outer.error(field, 'NU162', nothingFound(names.join(', ')))
  return policy ?? ROUND_ROBIN
}

/** One that another policy is made of; a cluster that chooses by itself is none of those. */
export function readInnerPolicyList(
  outer: Reader,
  field: string,
  context: ParseContext,
  nothingFound: (names: string) => string,
): LbPolicy {
  const policy = readPolicyList(outer, field, context, nothingFound)
  if (policy.kind !== 'cluster_provided' && policy.kind !== 'load_aware_locality') return policy
  outer.unsupported(field, `${policy.kind} within another policy`)
  return ROUND_ROBIN
}

/** Other messages are passed over; a policy that is not built is not, as Envoy would use it. */
function isPolicy(entry: Reader, names: string[]): boolean {
  const config = below(entry.json, 'typed_extension_config')
  names.push(String(below(config, 'name') ?? ''))
  // Not through a reader: whoever asks for an Any has to read it.
  const type = String(below(config, 'typed_config', '@type') ?? '')
  const typeName = type.endsWith('.TypedStruct') ? String(below(config, 'typed_config', 'type_url') ?? '') : type
  return typeName.slice(typeName.lastIndexOf('/') + 1).startsWith(PACKAGE)
}
