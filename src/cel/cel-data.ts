/** What an expression may look at (Envoy docs: arch_overview/advanced/attributes). Parts that have not come are undefined. */
import type { LocalInfo } from '../api/extension.ts'
import type { RequestHeaders, ResponseHeaders, Trailers } from '../api/headers.ts'
import type { StreamInfo } from '../api/stream-info.ts'

export interface CelData {
  readonly streamInfo: StreamInfo
  readonly request: RequestHeaders | undefined
  readonly response?: ResponseHeaders | undefined
  readonly responseTrailers?: Trailers | undefined
  /** For `xds.node`; RBAC conditions go without. */
  readonly localInfo?: LocalInfo | undefined
  /** For `xds.listener_direction`: UNSPECIFIED 0, INBOUND 1, OUTBOUND 2. */
  readonly listenerDirection?: number | undefined
}
