/** What is known about one HTTP stream or one connection. One object each: plain fields, everything rare made on demand. */
import type { BytesMeter, Protocol } from '../api/codec.ts'
import type { Dispatcher } from '../api/event.ts'
import type { RequestHeaders } from '../api/headers.ts'
import type { ConnectionInfo, SslConnectionInfo, UpstreamSource } from '../api/network.ts'
import type { RedirectHistory, Route, VirtualHost } from '../api/route.ts'
import type {
  ClusterDescription,
  FilterChainDescription,
  FilterState,
  FilterStateObject,
  SharedObjects,
  ResponseFlag,
  StreamInfo,
  UpstreamInfo,
} from '../api/stream-info.ts'
import type { Span, TraceReason } from '../api/tracing.ts'

type Clock = Pick<Dispatcher, 'now'>

/** Whose stream it is. Asked when it matters, so that connections that have nothing to tell need no record. */
export interface ParentOfStream {
  readonly dispatcher: Clock
  readonly filterChain: FilterChainDescription | undefined
  readonly streamInfo: StreamInfo
}

export class StreamRecord implements StreamInfo {
  readonly startTimeWall: number
  readonly startTime: number
  connection: ConnectionInfo
  readonly connectionId: number
  readonly ssl: SslConnectionInfo | undefined
  protocol: Protocol | undefined = undefined
  responseCode = 0
  responseCodeDetails: string | undefined = undefined
  connectionTerminationDetails: string | undefined = undefined
  flags: readonly ResponseFlag[] = NO_FLAGS
  bytesReceived = 0
  bytesSent = 0
  downstreamMeter: BytesMeter | undefined = undefined
  route: Route | undefined = undefined
  routeName = ''
  virtualClusterName = ''
  virtualHostName = ''
  virtualHost: VirtualHost | undefined = undefined
  routeResolutions = 0
  upstreamCluster: ClusterDescription | undefined = undefined
  upstream: UpstreamInfo | undefined = undefined
  attemptCount = 0
  requestHeaders: RequestHeaders | undefined = undefined
  lastDownstreamRxByte: number | undefined = undefined
  lastDownstreamHeaderRxByte: number | undefined = undefined
  firstDownstreamTxByte: number | undefined = undefined
  lastDownstreamTxByte: number | undefined = undefined
  endTime: number | undefined = undefined
  connectionEndTime: number | undefined = undefined
  requestId: string | undefined = undefined
  internalRedirects: RedirectHistory | undefined = undefined
  healthCheck = false
  localReplyOwner = ''
  answeredLocally = false
  schemeMatchesUpstream = false
  refusedAtOnce = false
  traceReason: TraceReason | undefined = undefined
  span: Span | undefined = undefined
  upstreamSource: UpstreamSource | undefined = undefined
  filterChain: FilterChainDescription | undefined
  #dynamicMetadata: Map<string, Readonly<Record<string, unknown>>> | undefined = undefined
  #filterState: StreamFilterState | undefined = undefined
  readonly #parent: ParentOfStream | undefined
  readonly #clock: Clock | undefined

  /** `parent` is the connection. */
  constructor(
    startTime: number,
    startTimeWall: number,
    connection: ConnectionInfo,
    connectionId: number,
    ssl: SslConnectionInfo | undefined,
    parent: ParentOfStream | undefined,
    clock: Clock | undefined = parent?.dispatcher,
  ) {
    this.startTime = startTime
    this.startTimeWall = startTimeWall
    this.connection = connection
    this.connectionId = connectionId
    this.ssl = ssl
    this.filterChain = parent === undefined ? undefined : parent.filterChain
    this.#parent = parent
    this.#clock = clock
  }

  get now(): number | undefined {
    return this.#clock?.now
  }

  get connectionStartTime(): number {
    return (this.#parent?.streamInfo ?? this).startTime
  }

  setFlag(flag: ResponseFlag): void {
    if (!this.flags.includes(flag)) this.flags = [...this.flags, flag]
  }

  hasFlag(flag: ResponseFlag): boolean {
    return this.flags.includes(flag)
  }

  get dynamicMetadata(): ReadonlyMap<string, Readonly<Record<string, unknown>>> | undefined {
    return this.#dynamicMetadata
  }

  setDynamicMetadata(filter: string, values: Readonly<Record<string, unknown>>): void {
    const all = (this.#dynamicMetadata ??= new Map())
    const before = all.get(filter)
    all.set(filter, before === undefined ? values : { ...before, ...values })
  }

  get sharedWithUpstream(): SharedObjects | undefined {
    const inherited = this.#parent?.streamInfo.sharedWithUpstream
    const own = this.#filterState?.shared
    return own === undefined || inherited === undefined ? (own ?? inherited) : new Map([...inherited, ...own])
  }

  get filterState(): FilterState {
    return (this.#filterState ??= new StreamFilterState(this, this.#parent?.streamInfo.filterState))
  }
}

const NO_FLAGS: readonly ResponseFlag[] = []
const LOCAL_REPLY_OWNER = 'envoy.filters.network.http_connection_manager.local_reply_owner'

/** The stream's own objects in front of those of its connection. */
class StreamFilterState implements FilterState {
  readonly #own = new Map<string, FilterStateObject>()
  shared: Map<string, FilterStateObject> | undefined = undefined
  readonly #stream: StreamInfo
  readonly #parent: FilterState | undefined

  constructor(stream: StreamInfo, parent: FilterState | undefined) {
    this.#stream = stream
    this.#parent = parent
  }

  get(name: string): FilterStateObject | undefined {
    return this.#own.get(name) ?? (name === LOCAL_REPLY_OWNER ? this.#localReplyOwner() : this.#parent?.get(name))
  }

  #localReplyOwner(): FilterStateObject | undefined {
    const { localReplyOwner = '' } = this.#stream
    return localReplyOwner === '' ? undefined : { serializeAsString: () => localReplyOwner }
  }

  set(name: string, value: FilterStateObject, sharedWithUpstream = false): void {
    this.#own.set(name, value)
    if (sharedWithUpstream) (this.shared ??= new Map()).set(name, value)
    else this.shared?.delete(name)
  }
}
