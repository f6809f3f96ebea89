/** envoy.cluster.original_dst: hosts are where clients wanted to go. What chooses them is in src/upstream/original-dst. */
import type { Extension } from '../../../api/extension.ts'
import { readOriginalDst } from '../../../upstream/config/original-dst.ts'
import type { OriginalDstBalancing } from '../../../upstream/config/provided-balancing.ts'

export const extension: Extension<OriginalDstBalancing, 'envoy.clusters'> = {
  category: 'envoy.clusters',
  name: 'envoy.cluster.original_dst',
  typeNames: ['envoy.extensions.clusters.original_dst.v3.OriginalDstCluster'],
  status: 'stable',
  securityPosture: 'requires_trusted_downstream_and_upstream',
  parse: readOriginalDst,
  create: (config) => config,
}
