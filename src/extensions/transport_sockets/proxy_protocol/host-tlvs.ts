/** What an endpoint's metadata adds to its PROXY headers (envoy.config.core.v3.PerHostConfig, below a name of its own). */
import type { Tlv } from '../../../codec/proxy_protocol/read-tlvs.ts'
import { below } from '../../../config/below.ts'
import type { Message } from '../../../api/config.ts'

const NAMESPACE = 'envoy.transport_sockets.proxy_protocol'
const TYPE = 'type.googleapis.com/envoy.config.core.v3.PerHostConfig'

/** As Envoy: formats are not looked at, their value is empty; another type counts for nothing. */
export function hostTlvs(metadata: Readonly<Record<string, unknown>> | undefined): readonly Tlv[] {
  const own = below(metadata as Message | undefined, 'typed_filter_metadata', NAMESPACE) as Message | undefined
  if (own?.['@type'] !== TYPE) return []
  const entries = (own['added_tlvs'] ?? []) as readonly Message[]
  return entries.map(({ type, value }) => ({
    type: Number(type ?? 0),
    value: Buffer.from(typeof value === 'string' ? value : '', 'base64'),
  }))
}
