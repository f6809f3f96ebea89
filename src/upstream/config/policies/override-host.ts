/** envoy.extensions.load_balancing_policies.override_host.v3.OverrideHost. */
import type { Reader } from '../../../api/config.ts'
import { readMetadataKey } from '../../../config/matchers/metadata-key.ts'
import type { LbPolicy, OverrideHostPolicy, OverrideHostSource } from './policy.ts'

export function readOverrideHost(reader: Reader, fallback: LbPolicy): OverrideHostPolicy {
  return {
    kind: 'override_host',
    sources: reader.messages('override_host_sources', readSource),
    selectedHostKey: reader.message('selected_host_key', readMetadataKey),
    fallback,
  }
}

function readSource(reader: Reader): OverrideHostSource {
  const header = reader.string('header').toLowerCase()
  const metadata = reader.message('metadata', readMetadataKey)
  if (header === '' && metadata === undefined) reader.error(undefined, 'NU162', 'Empty override source')
  if (header !== '' && metadata !== undefined) {
    reader.error('metadata', 'NU162', 'Only one override source must be set')
  }
  return metadata === undefined ? { kind: 'header', name: header } : { kind: 'metadata', key: metadata }
}
