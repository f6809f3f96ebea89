import type { RequestHeaders, ResponseHeaders } from './headers.ts'

/* How a client is kept with one upstream host (Envoy docs: http_filters/stateful_session_filter). */

/** One per configuration and thread. */
export interface SessionStateFactory {
  /** Of a request; undefined where sessions are not kept. */
  create(headers: RequestHeaders): SessionState | undefined
}

export interface SessionState {
  /** `ip:port` that the client names; undefined for a new session. */
  readonly upstreamAddress: string | undefined
  /** The response came from this host; true when the client was told to name another one than it did. */
  onUpdate(hostAddress: string, headers: ResponseHeaders): boolean
}
