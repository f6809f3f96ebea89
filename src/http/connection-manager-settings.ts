/** What a connection manager was configured to do: plain, checked data. Durations in ms; 0 means none. */
import type { Address } from '../api/network.ts'
import type { MatchTree } from '../config/matchers/tree/match-tree.ts'
import type { ProxyStatusSettings } from './response-headers/proxy-status.ts'
import type { TracingSettings } from './tracing/tracing-settings.ts'

export type ServerHeaderTransformation = 'OVERWRITE' | 'APPEND_IF_ABSENT' | 'PASS_THROUGH'
export type EscapedSlashesAction =
  | 'KEEP_UNCHANGED'
  | 'REJECT_REQUEST'
  | 'UNESCAPE_AND_REDIRECT'
  | 'UNESCAPE_AND_FORWARD'
export type ClientCertDetails = 'SANITIZE' | 'FORWARD_ONLY' | 'APPEND_FORWARD' | 'SANITIZE_SET' | 'ALWAYS_FORWARD_ONLY'
/** What :scheme becomes: a constant, that of the upstream connection, or what the request says. */
export type SchemeTransformation = 'received' | 'http' | 'https' | 'match-upstream'
export type HostPortStripping = 'none' | 'matching' | 'any'

export interface ConnectionManagerSettings {
  readonly idleTimeoutMs: number
  readonly maxConnectionDurationMs: number
  /** Up to this part of it is added by chance, so that connections of one moment do not end in another. */
  readonly maxConnectionDurationJitter: number
  readonly maxStreamDurationMs: number
  readonly streamIdleTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly requestHeadersTimeoutMs: number
  readonly drainTimeoutMs: number
  /** As above. */
  readonly drainTimeoutJitter: number
  readonly delayedCloseTimeoutMs: number
  readonly maxRequestsPerConnection: number
  /** max_connection_duration lets an HTTP/1 connection end with its next response. */
  readonly http1SafeMaxConnectionDuration: boolean

  readonly serverName: string
  readonly serverHeaderTransformation: ServerHeaderTransformation
  readonly via: string
  /** Names the node's cluster as the user agent of requests that have none. */
  readonly addUserAgent: boolean
  /** Requests that are refused for overload say so by x-envoy-local-overloaded. */
  readonly appendLocalOverload: boolean
  /** Undefined: no Proxy-Status. */
  readonly proxyStatus?: ProxyStatusSettings | undefined
  readonly proxy100Continue: boolean

  readonly clientAddress: ClientAddressSettings
  readonly generateRequestId: boolean
  readonly requestId: RequestIdSettings
  readonly alwaysSetRequestIdInResponse: boolean
  readonly scheme: SchemeTransformation
  /** Says by its port what a connection is whose destination a listener filter has told; undefined: nothing does. */
  readonly forwardProto?: ForwardProtoPorts | undefined
  /** Hosts that are told of clients by the PROXY protocol hear of those that have not told of themselves by it, too. */
  readonly addsProxyProtocolState: boolean
  readonly clientCert: ClientCertSettings
  /** Settings for some requests, in place of `clientCert`; bound to the thread by whoever uses it. */
  readonly clientCertMatcher?: MatchTree<ClientCertSettings> | undefined

  readonly path: PathSettings
  readonly stripHostPort: HostPortStripping
  readonly stripTrailingHostDot: boolean

  readonly acceptHttp10: boolean
  readonly defaultHostForHttp10: string
  /** A bad message costs its stream, not the connection. */
  readonly streamErrorOnInvalidMessage: boolean
  readonly accessLog: AccessLogOptions
  /** Streams count how often and how long they looked for their routes. */
  readonly recordsRouteResolution?: boolean
  /** Undefined: nothing is traced. */
  readonly tracing?: TracingSettings | undefined
}

/** x-request-id, and envoy.request_id.uuid. */
export interface RequestIdSettings {
  readonly preserveExternal: boolean
  /** The id carries the decision about tracing. */
  readonly packs: boolean
  /** Lots are drawn by the id, so that all proxies on the way draw the same. */
  readonly samples: boolean
}

export interface ForwardProtoPorts {
  readonly https: ReadonlySet<number>
  readonly http: ReadonlySet<number>
}

export interface ClientAddressSettings {
  readonly useRemoteAddress: boolean
  readonly xffNumTrustedHops: number
  readonly skipXffAppend: boolean
  readonly appendXForwardedPort: boolean
  readonly isInternal: (ip: Address) => boolean
}

export interface ClientCertSettings {
  readonly details: ClientCertDetails
  readonly format: 'TEXT' | 'JSON'
  readonly subject: boolean
  readonly issuer: boolean
  readonly cert: boolean
  readonly chain: boolean
  readonly dns: boolean
  readonly uri: boolean
}

export interface PathSettings {
  readonly normalize: boolean
  readonly mergeSlashes: boolean
  readonly escapedSlashes: EscapedSlashesAction
  /** What the configuration leaves to the runtime, see `pathSettingsOfRuntime`. */
  readonly unset?: { readonly normalize: boolean; readonly escapedSlashes: boolean }
}

export interface AccessLogOptions {
  readonly flushOnNewRequest: boolean
  readonly flushOnTunnelEstablished: boolean
  /** 0: no periodic records. */
  readonly flushIntervalMs: number
}

/** Envoy's defaults, for connection managers that no configuration describes. */
export const DEFAULT_SETTINGS: ConnectionManagerSettings = {
  idleTimeoutMs: 3_600_000,
  maxConnectionDurationMs: 0,
  maxConnectionDurationJitter: 0,
  maxStreamDurationMs: 0,
  streamIdleTimeoutMs: 300_000,
  requestTimeoutMs: 0,
  requestHeadersTimeoutMs: 0,
  drainTimeoutMs: 5_000,
  drainTimeoutJitter: 0,
  delayedCloseTimeoutMs: 1_000,
  maxRequestsPerConnection: 0,
  http1SafeMaxConnectionDuration: false,
  serverName: 'envoy',
  serverHeaderTransformation: 'OVERWRITE',
  via: '',
  addUserAgent: false,
  appendLocalOverload: false,
  proxy100Continue: false,
  clientAddress: {
    useRemoteAddress: false,
    xffNumTrustedHops: 0,
    skipXffAppend: false,
    appendXForwardedPort: false,
    isInternal: () => false,
  },
  generateRequestId: true,
  requestId: { preserveExternal: false, packs: true, samples: true },
  alwaysSetRequestIdInResponse: false,
  scheme: 'received',
  addsProxyProtocolState: true,
  clientCert: {
    details: 'SANITIZE',
    format: 'TEXT',
    subject: false,
    issuer: false,
    cert: false,
    chain: false,
    dns: false,
    uri: false,
  },
  path: { normalize: false, mergeSlashes: false, escapedSlashes: 'KEEP_UNCHANGED' },
  stripHostPort: 'none',
  stripTrailingHostDot: false,
  acceptHttp10: false,
  defaultHostForHttp10: '',
  streamErrorOnInvalidMessage: false,
  accessLog: { flushOnNewRequest: false, flushOnTunnelEstablished: false, flushIntervalMs: 0 },
}
