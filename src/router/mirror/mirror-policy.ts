/** envoy.config.route.v3.RouteAction.RequestMirrorPolicy: a cluster that gets a copy of requests. */
import type { Reader } from '../../api/config.ts'
import type { ParseContext } from '../../api/extension.ts'
import type { RequestHeaders } from '../../api/headers.ts'
import type { MirrorPolicy } from '../../api/route.ts'
import type { StreamInfo } from '../../api/stream-info.ts'
import { toWireText } from '../../base/wire-text.ts'
import { checkCluster } from '../cluster-choice.ts'
import { readHeaderMutation } from '../header-mutation-list.ts'
import { mutationContext } from '../header-mutations.ts'
import { portStart } from '../../http/host-name.ts'
import type { RuntimeFraction } from '../runtime-fraction.ts'
import { readRuntimeFraction } from '../runtime-fraction.ts'

/** undefined when the level says nothing, so that the one above it counts. */
export function readMirrorPolicies(reader: Reader, context: ParseContext): readonly MirrorPolicy[] | undefined {
  const inherited = readInheritedMirrors(reader)
  inherited?.checkClusters(context)
  return inherited?.policies
}

/** Of a table or a virtual host. */
export interface InheritedMirrors {
  readonly policies: readonly MirrorPolicy[]
  /** For a route that has none of its own: others may have all that there are, and nobody asks then, as in Envoy. */
  readonly checkClusters: (context: ParseContext) => void
}

export const NO_MIRRORS: InheritedMirrors = { policies: [], checkClusters: () => undefined }

/** The same for a level that only hands its policies down. */
export function readInheritedMirrors(reader: Reader): InheritedMirrors | undefined {
  const unchecked: Reader[] = []
  const policies = reader.messages('request_mirror_policies', (policy) => {
    unchecked.push(policy)
    return readMirrorPolicy(policy)
  })
  if (policies.length === 0) return undefined
  const checkClusters = (context: ParseContext): void => {
    if (context.clusterNames !== undefined)
      for (const policy of unchecked.splice(0)) checkMirrorCluster(policy, context)
  }
  return { policies, checkClusters }
}

function checkMirrorCluster(reader: Reader, context: ParseContext): void {
  const cluster = reader.string('cluster')
  if (cluster !== '') checkCluster(reader, 'cluster', `route: unknown shadow cluster '${cluster}'`, cluster, context)
}

const ALWAYS: RuntimeFraction = () => true

function readMirrorPolicy(reader: Reader): MirrorPolicy {
  const cluster = reader.string('cluster')
  const header = reader.string('cluster_header').toLowerCase()
  if ((cluster === '') === (header === '')) {
    reader.error(
      undefined,
      'NU158',
      'Exactly one of cluster or cluster_header in request mirror policy need to be specified',
    )
  }
  return {
    clusterName: (headers) => (cluster === '' ? headers.get(header) || undefined : cluster),
    traceSampled: reader.optionalBool('trace_sampled'),
    applies: reader.message('runtime_fraction', readRuntimeFraction) ?? ALWAYS,
    prepare: readPreparation(reader),
  }
}

/** How the copy differs: mutations in order, then the host. */
function readPreparation(reader: Reader): (headers: RequestHeaders, streamInfo: StreamInfo) => void {
  const mutations = reader.messages('request_headers_mutations', readHeaderMutation)
  const host = toWireText(reader.string('host_rewrite_literal'))
  const keepsHost = reader.bool('disable_shadow_host_suffix_append', false)
  return (headers, streamInfo) => {
    if (mutations.length > 0) {
      const context = mutationContext(headers, undefined, streamInfo)
      for (const mutate of mutations) mutate(headers, context)
    }
    if (host !== '') headers.authority = host
    else if (!keepsHost) headers.authority = shadowHost(headers.authority ?? '')
  }
}

/** Logs of the other upstream tell copies by it. */
function shadowHost(host: string): string {
  const port = portStart(host)
  return port < 0 ? `${host}-shadow` : `${host.slice(0, port)}-shadow${host.slice(port)}`
}
