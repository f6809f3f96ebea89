import type { RequestHeaders } from './headers.ts'
import type { Address } from './network.ts'
import type { StreamInfo } from './stream-info.ts'

/*
 * What extensions of the connection manager do to a request before routes, filters and tracing see it. One object per
 * configuration and thread; called once a request.
 */

/** Changes the head as it came, before hop-by-hop and internal headers are removed. */
export interface EarlyHeaderMutator {
  mutate(headers: RequestHeaders, streamInfo: StreamInfo): void
}

/** Finds the client behind the proxies in front; asked in the order of configuration until one knows. */
export interface OriginalIpDetector {
  /** `peer` is the other end of the connection. */
  detect(headers: RequestHeaders, peer: Address): OriginalIp
}

export interface OriginalIp {
  /** Undefined: not known. */
  readonly address: Address | undefined
  /** The address may make the request an internal one. */
  readonly trusted: boolean
  /** The peer is to be appended to x-forwarded-for. */
  readonly appendsForwardedFor: boolean
  /** Status of the refusal when the address is missing and nobody else is to be asked. */
  readonly refusal?: number
}
