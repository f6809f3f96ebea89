/**
 * envoy.config.cluster.v3.Cluster.OriginalDstLbConfig and envoy.extensions.clusters.original_dst.v3.OriginalDstCluster, which
 * have the same fields.
 */
import type { Reader } from '../../api/config.ts'
import { readMetadataKey } from '../../config/matchers/metadata-key.ts'
import type { OriginalDstBalancing } from './provided-balancing.ts'

const DEFAULT_HEADER = 'x-envoy-original-dst-host'

export const DEFAULT_ORIGINAL_DST: OriginalDstBalancing = {
  kind: 'original_dst',
  headerName: undefined,
  metadataKey: undefined,
  portOverride: undefined,
}

export function readOriginalDst(reader: Reader): OriginalDstBalancing {
  const usesHeader = reader.bool('use_http_header', false)
  const name = reader.string('http_header_name')
  if (!usesHeader && name !== '') {
    const message =
      `ORIGINAL_DST cluster: invalid config http_header_name=${name} and use_http_header is false. ` +
      'Set use_http_header to true if http_header_name is desired.'
    reader.error('http_header_name', 'NU168', message)
  }
  return {
    kind: 'original_dst',
    headerName: usesHeader ? name.toLowerCase() || DEFAULT_HEADER : undefined,
    metadataKey: reader.message('metadata_key', readMetadataKey),
    portOverride: reader.optionalNumber('upstream_port_override'),
  }
}
