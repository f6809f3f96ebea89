/** What the HTTP/1 codecs are told; the same objects serve every connection of a listener or cluster. */
import type { HeaderKeyFormat } from '../headers/header-key-format.ts'

export type { HeaderKeyFormat }

/** headers_with_underscores_action of common_http_protocol_options. */
export type UnderscoresAction = 'allow' | 'reject-request' | 'drop-header'

export interface Http1CommonSettings {
  /** Bytes of a head including its first line; also of trailers. */
  readonly maxHeadersBytes: number
  /** Lines of a head; also of trailers. */
  readonly maxHeadersCount: number
  /** Pass trailers on; otherwise they are read and dropped, both ways. */
  readonly enableTrailers: boolean
  /** Accept content-length beside `transfer-encoding: chunked` (and drop the former) instead of refusing both. */
  readonly allowChunkedLength: boolean
  /** How names are written to this peer; undefined: lower case. */
  readonly headerKeyFormat: HeaderKeyFormat | undefined
}

export interface Http1ServerSettings extends Http1CommonSettings {
  readonly allowAbsoluteUrl: boolean
  /** Absolute targets may say https: there is TLS on this connection, or a trusted proxy in front may have taken it off. */
  readonly allowHttpsUrl: boolean
  readonly acceptHttp10: boolean
  /** Any token is a method, not only those that are known. */
  readonly allowCustomMethods: boolean
  /** Tokens of Upgrade that the client need not have sent (ignore_http_11_upgrade); undefined: none. */
  readonly ignoresUpgrade: ((token: string) => boolean) | undefined
  readonly underscoresAction: UnderscoresAction
  /** A request was refused for a name with an underscore (http1.requests_rejected_with_underscores_in_headers). */
  readonly onUnderscoreRejected: () => void
  /** A header was dropped for it (http1.dropped_headers_with_underscores). */
  readonly onUnderscoreDropped: () => void
}

export interface Http1ClientSettings extends Http1CommonSettings {
  /** Request lines carry `scheme://host` (upstream is a proxy). */
  readonly sendFullyQualifiedUrl: boolean
}

const nothing = (): void => undefined

const COMMON: Http1CommonSettings = {
  maxHeadersBytes: 60 * 1024,
  maxHeadersCount: 100,
  enableTrailers: false,
  allowChunkedLength: false,
  headerKeyFormat: undefined,
}

/** Envoy's defaults for a listener. */
export const DEFAULT_HTTP1_SERVER_SETTINGS: Http1ServerSettings = {
  ...COMMON,
  allowAbsoluteUrl: true,
  allowHttpsUrl: true,
  acceptHttp10: false,
  allowCustomMethods: false,
  ignoresUpgrade: undefined,
  underscoresAction: 'allow',
  onUnderscoreRejected: nothing,
  onUnderscoreDropped: nothing,
}

/** Envoy's defaults for a cluster; responses may have a larger head than requests. */
export const DEFAULT_HTTP1_CLIENT_SETTINGS: Http1ClientSettings = {
  ...COMMON,
  maxHeadersBytes: 80 * 1024,
  sendFullyQualifiedUrl: false,
}
