import type { BytesMeter, Protocol } from './codec.ts'
import type { LocalInfo } from './extension.ts'
import type { RequestHeaders } from './headers.ts'
import type { Address, ConnectionInfo, SslConnectionInfo, UpstreamSource } from './network.ts'
import type { ClusterInfo, Host } from './upstream.ts'
import type { RedirectHistory, Route, VirtualHost } from './route.ts'
import type { Span, TraceReason } from './tracing.ts'

/** The 30 flags of %RESPONSE_FLAGS%, by their short names. */
export type ResponseFlag =
  | 'LH'
  | 'UH'
  | 'UT'
  | 'LR'
  | 'UR'
  | 'UF'
  | 'UC'
  | 'UO'
  | 'NR'
  | 'DI'
  | 'FI'
  | 'RL'
  | 'UAEX'
  | 'RLSE'
  | 'DC'
  | 'URX'
  | 'SI'
  | 'IH'
  | 'DPE'
  | 'UMSDR'
  | 'RFCF'
  | 'NFCF'
  | 'DT'
  | 'UPE'
  | 'NC'
  | 'OM'
  | 'DF'
  | 'DO'
  | 'DR'
  | 'UDO'

/**
 * What is known about one stream (or one L4 connection); filled while it lives, read by access logs, formatters
 * and filters. Times are monotonic milliseconds of the dispatcher (`undefined`: did not happen).
 */
export interface StreamInfo {
  /** Wall-clock ms of the start. */
  readonly startTimeWall: number
  readonly startTime: number
  readonly connection: ConnectionInfo
  readonly connectionId: number
  readonly ssl: SslConnectionInfo | undefined
  protocol: Protocol | undefined
  /** 0 until a response began. */
  responseCode: number
  responseCodeDetails: string | undefined
  connectionTerminationDetails: string | undefined
  /** Short names in the order in which they were raised; empty for none. Use `setFlag`. */
  readonly flags: readonly ResponseFlag[]
  setFlag(flag: ResponseFlag): void
  hasFlag(flag: ResponseFlag): boolean
  /** Body bytes from / to the downstream. */
  bytesReceived: number
  bytesSent: number
  downstreamMeter: BytesMeter | undefined
  route: Route | undefined
  /** '' where there is none, as the two after it. */
  routeName: string
  virtualClusterName: string
  virtualHostName: string
  /** Of the route, also where the request never gets there; undefined where the cluster is not known. */
  upstreamCluster: ClusterDescription | undefined
  upstream: UpstreamInfo | undefined
  /** Attempts at upstreams so far; 0 before the first. */
  attemptCount: number
  requestHeaders: RequestHeaders | undefined
  /** Points in time; see %DURATION%, %REQUEST_DURATION%, %RESPONSE_DURATION%, %RESPONSE_TX_DURATION%. */
  lastDownstreamRxByte: number | undefined
  /** The request's head was complete. */
  lastDownstreamHeaderRxByte?: number | undefined
  firstDownstreamTxByte: number | undefined
  lastDownstreamTxByte: number | undefined
  endTime: number | undefined
  /** Monotonic ms, for whoever asks before the end; absent where nobody keeps the time. */
  readonly now?: number | undefined
  requestId: string | undefined
  /** undefined until a redirect of an upstream is followed. */
  internalRedirects?: RedirectHistory | undefined
  /** The request is a health check: it is left out of the response code statistics. */
  healthCheck?: boolean
  /** Name of the http filter that answered by itself first; '' when none did. The filter state tells it, too. */
  localReplyOwner?: string
  /** The response is a local reply. */
  answeredLocally?: boolean
  /** Answered before its headers were settled; %REQUESTED_SERVER_NAME% has no host of such a request. */
  refusedAtOnce?: boolean
  /** Taken away from the host of a CONNECT so that it has a route; the upstream is asked for it all the same. */
  connectPort?: number
  /** :scheme is to say how the upstream is spoken to. */
  schemeMatchesUpstream?: boolean
  /** What was decided about tracing; absent before that, and where nothing is. */
  traceReason?: TraceReason | undefined
  /** Of the whole stream, sampled or not; absent without a tracer. */
  span?: Span | undefined
  /** Where this stream's requests to upstreams come from; undefined: see ConnectionInfo. */
  upstreamSource?: UpstreamSource | undefined
  /** That the connection was accepted for; undefined where none matched, and upstream. */
  readonly filterChain: FilterChainDescription | undefined
  /** Monotonic ms at which the downstream connection was accepted. */
  readonly connectionStartTime?: number | undefined
  /** Monotonic ms at which it ended, when the stream did not end before. */
  connectionEndTime?: number | undefined
  /** How often a route was looked for. */
  routeResolutions?: number
  /** Of the request, also where no route of it matches. */
  virtualHost?: VirtualHost | undefined
  /** Why the handshake with the downstream failed; absent when it did not. */
  downstreamTransportFailureReason?: string
  /** Why this side closed the downstream connection; absent when it did not. */
  downstreamLocalCloseReason?: string
  /** How the downstream connection ended; absent is 'Normal'. */
  downstreamDetectedCloseType?: DetectedCloseType
  /** Dynamic metadata by filter name; undefined until something is set. */
  readonly dynamicMetadata: ReadonlyMap<string, Readonly<Record<string, unknown>>> | undefined
  setDynamicMetadata(filter: string, values: Readonly<Record<string, unknown>>): void
  /** Messages in the metadata by filter name, as plain values; undefined until something is set. */
  typedMetadata?: Map<string, unknown> | undefined
  /** Objects that filters leave for each other and for the log. */
  readonly filterState: FilterState
  /** Those of them, and of the connection's, that upstream connections get as well; undefined where there are none. */
  readonly sharedWithUpstream?: SharedObjects | undefined
}

/** What logs tell of a cluster. */
export type ClusterDescription = Pick<ClusterInfo, 'name' | 'observabilityName' | 'metadata'>

/** %DOWNSTREAM_DETECTED_CLOSE_TYPE% and its upstream twin. */
export type DetectedCloseType = 'Normal' | 'LocalReset' | 'RemoteReset'

export interface FilterChainDescription {
  readonly name: string
  readonly metadata: Readonly<Record<string, unknown>> | undefined
  readonly listener: ListenerDescription
}

export interface ListenerDescription {
  readonly name: string
  readonly metadata: Readonly<Record<string, unknown>> | undefined
  readonly direction?: 'UNSPECIFIED' | 'INBOUND' | 'OUTBOUND'
  /** Of the process that listens. */
  readonly localInfo?: LocalInfo
}

/** By name. */
export type SharedObjects = ReadonlyMap<string, FilterStateObject>

export interface FilterState {
  get(name: string): FilterStateObject | undefined
  /** `sharedWithUpstream`: connections that are made for this stream get it as well. */
  set(name: string, value: FilterStateObject, sharedWithUpstream?: boolean): void
}

export interface FilterStateObject {
  /** What %FILTER_STATE(name:PLAIN)% prints. */
  serializeAsString(): string | undefined
  /** What %FILTER_STATE(name)% prints. */
  serializeAsJson?(): unknown
  /** What it prints as a value of a JSON format, where that has other names of fields: those of the protobuf message itself. */
  serializeAsValue?(): unknown
  /** Of an object that is an address. */
  readonly address?: Address
  /** xxHash64, of objects that hash policies may use. */
  hash?(): bigint
  /**
   * Streams that share it with their upstream connections have connections of their own: those with an object that has the same
   * hash, or with this very object.
   */
  readonly divides?: 'by-hash' | 'by-identity'
}

/**
 * What is known of the upstream of a stream, that is of its last attempt. Of an attempt without a connection only the host
 * and why it failed; `undefined`: not known, or did not happen.
 */
export interface UpstreamInfo {
  host: Host | undefined
  localAddress: Address | undefined
  remoteAddress: Address | undefined
  /** Why there is no connection, in the words of the transport socket; '' for no failure. */
  transportFailureReason: string
  connectionId: number | undefined
  protocol: Protocol | undefined
  meter: BytesMeter | undefined
  /* Points in time, monotonic ms. */
  /** The pool was asked for a stream; absent: when the stream began. */
  poolAsked?: number | undefined
  /** The pool had a stream, or knew that there would be none. */
  poolReady?: number | undefined
  firstTxByte: number | undefined
  lastTxByte: number | undefined
  firstRxByte: number | undefined
  firstRxBodyByte?: number | undefined
  lastRxByte: number | undefined
  connectStart: number | undefined
  connectEnd: number | undefined
  /** Streams that this upstream connection has carried, this one included. */
  numStreams: number
  /** In the order of the attempts, this one included. */
  attemptedHosts: Host[] | undefined
  /** One for each attempt that had a connection. */
  attemptedConnectionIds?: number[]
  /** Why this side closed the connection; absent when it did not. */
  localCloseReason?: string
  /** What the streams that the connection was made for left for it; absent where there was no connection. */
  readonly sharedObjects?: SharedObjects | undefined
  detectedCloseType?: DetectedCloseType
}
