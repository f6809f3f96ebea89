/** envoy.transport_sockets.raw_buffer: bytes pass as they are, as without it. */
import type { Extension } from '../../../api/extension.ts'

const COMMON = {
  name: 'envoy.transport_sockets.raw_buffer',
  typeNames: ['envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer'],
  status: 'stable',
  // The message has no fields.
  parse: () => undefined,
  create: () => undefined,
} as const

const downstream: Extension<undefined, 'envoy.transport_sockets.downstream'> = {
  ...COMMON,
  category: 'envoy.transport_sockets.downstream',
  securityPosture: 'robust_to_untrusted_downstream',
}

const upstream: Extension<undefined, 'envoy.transport_sockets.upstream'> = {
  ...COMMON,
  category: 'envoy.transport_sockets.upstream',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
}

export const extensions = [downstream, upstream]
