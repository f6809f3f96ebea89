/** A router filter between a recorded downstream and upstream streams that the test plays. */
import type { ByteQueue, WatermarkObserver } from '../../src/api/bytes.ts'
import type { RequestEncoder, ResponseDecoder } from '../../src/api/codec.ts'
import type { RequestHeaders, ResponseHeaders } from '../../src/api/headers.ts'
import type { DecoderCallbacks, LocalReply } from '../../src/api/http.ts'
import type { RouteConfig } from '../../src/api/route.ts'
import type { StreamInfo } from '../../src/api/stream-info.ts'
import type {
  ClusterView,
  Host,
  LoadBalancerContext,
  Pick,
  PoolCallbacks,
  PoolFailure,
  Resource,
  ThreadCluster,
} from '../../src/api/upstream.ts'
import { ByteQueue as Bytes } from '../../src/base/byte-queue.ts'
import { newResponseHeaders } from '../../src/codec/headers/response-headers.ts'
import { SimulatedDispatcher } from '../../src/event/simulated-dispatcher.ts'
import { failedUpstream } from '../../src/router/failed-upstream.ts'
import { HostChoice } from '../../src/router/host-choice.ts'
import { RequestTimers } from '../../src/router/request-timers.ts'
import { RouterFilter } from '../../src/router/router-filter.ts'
import type { RouterShared } from '../../src/router/router-shared.ts'
import { createRouterStats } from '../../src/router/router-stats.ts'
import { CountingScope } from '../../src/http/testing/counting-scope.ts'
import { testRuntime, testStreamInfo } from './route-table.ts'

export function bytes(text: string): ByteQueue {
  const queue = new Bytes()
  queue.push(Buffer.from(text, 'latin1'))
  return queue
}

/** One attempt as the upstream sees it. */
export class PlayedStream implements RequestEncoder {
  readonly host: Host
  readonly meter = {
    headerBytesReceived: 0,
    decompressedHeaderBytesReceived: 0,
    headerBytesSent: 0,
    wireBytesReceived: 0,
    wireBytesSent: 0,
  }
  /** As they were when they were sent. */
  headers: Readonly<Record<string, string>> = {}
  body = ''
  ended = false
  resets = 0
  cancelled = false
  reading = 0
  /** The response goes in here. */
  readonly decoder: ResponseDecoder
  readonly #callbacks: PoolCallbacks

  constructor(host: Host, decoder: ResponseDecoder, callbacks: PoolCallbacks) {
    this.host = host
    this.decoder = decoder
    this.#callbacks = callbacks
  }

  connect(): void {
    this.#callbacks.onPoolReady(this, failedUpstream(this.host, ''), 'HTTP/1.1')
  }

  fail(reason: PoolFailure, transportFailure = ''): void {
    this.#callbacks.onPoolFailure(reason, transportFailure, this.host)
  }

  /** Headers and a piece of a body that goes on. */
  respondPart(status: number, body: string): void {
    this.decoder.decodeHeaders(newResponseHeaders(status), false)
    this.decoder.decodeData(bytes(body), false)
  }

  respond(status: number, body?: string, fields: Readonly<Record<string, string>> = {}): void {
    const headers = newResponseHeaders(status)
    for (const [name, value] of Object.entries(fields)) headers.set(name, value)
    this.decoder.decodeHeaders(headers, body === undefined)
    if (body !== undefined) this.decoder.decodeData(bytes(body), true)
  }

  encodeHeaders(headers: RequestHeaders, end: boolean): undefined {
    const seen: Record<string, string> = { ':path': headers.path, ':authority': headers.authority ?? '' }
    headers.forEach((name, value) => (seen[name] = value))
    this.headers = seen
    this.ended = end
  }

  encodeData(data: ByteQueue, end: boolean): void {
    this.body += Buffer.from(data.linearize()).latin1Slice()
    this.ended = end
  }

  encodeTrailers(): void {
    this.ended = true
  }

  reset(): void {
    this.resets++
  }

  readDisable(disable: boolean): void {
    this.reading += disable ? -1 : 1
  }
}

export interface HarnessOptions {
  readonly hosts?: number
  readonly shared?: Partial<RouterShared>
  readonly runtime?: Readonly<Record<string, unknown>>
  readonly maxRetries?: number
  readonly bufferLimit?: number
  /** Attempts connect at once; default true. */
  readonly connects?: boolean
  /** False: the cluster may have no pool. */
  readonly pools?: boolean
}

export class RouterHarness {
  readonly dispatcher = new SimulatedDispatcher()
  readonly scope = new CountingScope()
  readonly info: StreamInfo = testStreamInfo()
  readonly attempts: PlayedStream[] = []
  readonly filter: RouterFilter
  reply: LocalReply | undefined = undefined
  /** Headers of the reply or response. */
  response: ResponseHeaders | undefined = undefined
  body = ''
  ended = false
  resetDetails: string | undefined = undefined
  /** How often the downstream's reading was stopped, less how often it was started. */
  held = 0
  clientFlow: WatermarkObserver | undefined = undefined
  /** All there could be, but for those whose name begins with `none`. */
  readonly clusters: ClusterView = {
    get: (name) => (name.startsWith('none') ? undefined : this.#cluster(name)),
  }
  readonly #counters = new Map<string, number>()
  readonly #options: HarnessOptions
  #retries = 0
  #nextHost = 0

  constructor(table: RouteConfig, headers: RequestHeaders, options: HarnessOptions = {}) {
    this.#options = options
    const runtime = testRuntime(options.runtime)
    this.info.requestHeaders = headers
    this.filter = new RouterFilter({
      clusters: this.clusters,
      runtime,
      random: { u32: () => 0, float: () => 0.5, uuid: () => '' },
      stats: createRouterStats(this.scope),
      shedForward: undefined,
      timers: this.dispatcher.local(RequestTimers),
      choice: new HostChoice(),
      mirrors: { start: () => undefined },
      suppressEnvoyHeaders: false,
      dynamicStats: true,
      respectExpectedTimeout: false,
      strictHeaders: [],
      ...options.shared,
    })
    this.filter.setDecoderCallbacks(this.#callbacks(table, headers))
    this.headers = headers
  }

  readonly headers: RequestHeaders

  /** Sends the request: without a body, with one, or (`open`) with one that goes on. */
  send(body?: string, open = false): this {
    this.filter.decodeHeaders(this.headers, body === undefined)
    if (body !== undefined) this.filter.decodeData(bytes(body), !open)
    return this
  }

  get last(): PlayedStream {
    const last = this.attempts.at(-1)
    if (last === undefined) throw new Error('no attempt was made')
    return last
  }

  /** Of the cluster (`response 200`, `upstream_rq_retry`) and its hosts (`host rqError`). */
  /** Timers that run for the request. */
  get armedTimers(): number {
    return this.dispatcher.armedTimers - this.dispatcher.local(RequestTimers).armedUnused
  }

  count(name: string): number {
    return this.#counters.get(name) ?? 0
  }

  #inc(name: string): void {
    this.#counters.set(name, this.count(name) + 1)
  }

  #host(index: number): Host {
    const inc = (name: string) => () => this.#inc(`host ${name}`)
    return {
      address: { kind: 'ip', family: 4, ip: '127.0.0.1', port: 9000 + index, text: `127.0.0.1:${9000 + index}` },
      hostname: `host${index}`,
      locality: { region: '', zone: '', subZone: '' },
      metadata: undefined,
      canary: false,
      clusterName: 'c',
      stats: {
        rqTotal: inc('rqTotal'),
        rqSuccess: inc('rqSuccess'),
        rqError: inc('rqError'),
        rqTimeout: inc('rqTimeout'),
        rqActive: inc('rqActive'),
      },
    }
  }

  #cluster(name: string): ThreadCluster {
    const { hosts: count = 1, maxRetries = 3 } = this.#options
    const hosts = Array.from({ length: count }, (_, i) => this.#host(i))
    const retries: Resource = {
      canCreate: () => this.#retries < maxRetries,
      inc: () => this.#retries++,
      dec: () => this.#retries--,
      max: maxRetries,
      count: 0,
    }
    return {
      membership: { total: count, healthy: count },
      info: {
        name,
        observabilityName: name,
        scope: this.scope.scope(`cluster.${name}.`),
        perConnectionBufferLimitBytes: 0,
        connectTimeoutMs: 5000,
        maintenanceModeRuntimeKey: `upstream.maintenance_mode.${name}`,
        metadata: undefined,
        features: { http2: false, tls: false },
        resources: () => ({
          connections: retries,
          pendingRequests: retries,
          requests: retries,
          retries,
          connectionPools: retries,
        }),
        stats: {
          response: (status) => this.#inc(`response ${status}`),
          retriedResponse: (status) => this.#inc(`retried ${status}`),
          responseTime: () => this.#inc('responseTime'),
          counter: (counter) => ({ inc: () => this.#inc(counter) }),
          alternate: () => undefined,
        },
      },
      chooseHost: (context) => this.#pick(hosts, context),
      httpPool: (host) =>
        this.#options.pools === false
          ? undefined
          : {
              host,
              newStream: (decoder, callbacks) => {
                const stream = new PlayedStream(host, decoder, callbacks)
                this.attempts.push(stream)
                if (this.#options.connects === false) return { cancel: () => (stream.cancelled = true) }
                stream.connect()
                return undefined
              },
            },
      tcpPool: () => {
        throw new Error('not for HTTP')
      },
    }
  }

  get retriesInFlight(): number {
    return this.#retries
  }

  #pick(hosts: readonly Host[], context: LoadBalancerContext): Pick {
    if (hosts.length === 0) return { kind: 'none', flag: 'UH', detail: 'no_healthy_upstream' }
    let host = hosts[this.#nextHost % hosts.length]!
    for (let i = 0; i < context.hostSelectionRetryCount && context.shouldSelectAnotherHost(host); i++) {
      host = hosts[++this.#nextHost % hosts.length]!
    }
    return { kind: 'host', host }
  }

  #callbacks(table: RouteConfig, headers: RequestHeaders): DecoderCallbacks {
    const none = () => {
      throw new Error('not for the router')
    }
    return {
      dispatcher: this.dispatcher,
      streamInfo: this.info,
      connection: undefined,
      route: table.route(headers, this.info, 0),
      clearRouteCache: none,
      requestRouteConfigUpdate: none,
      setRoute: none,
      streamRandom: 0,
      perRouteConfig: undefined,
      perRouteConfigs: [],
      filterName: 'router',
      requestHeaders: headers,
      requestTrailers: undefined,
      continueDecoding: none,
      decodingBuffer: undefined,
      addDecodedData: none,
      injectDecodedData: none,
      addDecodedTrailers: none,
      recreateStream: () => false,
      upstreamOverrideHost: undefined,
      decoderBufferLimit: this.#options.bufferLimit ?? 0,
      resetStream: (_, detail) => (this.resetDetails = detail),
      sendLocalReply: (reply) => this.#takeReply(reply),
      encode1xx: () => undefined,
      encodeHeaders: (response, end) => {
        this.response = response
        this.ended = end
      },
      encodeData: (data, end) => {
        this.body += Buffer.from(data.linearize()).latin1Slice()
        this.ended = end
      },
      encodeTrailers: () => (this.ended = true),
      onDecoderFilterAboveHighWatermark: () => this.held++,
      onDecoderFilterBelowLowWatermark: () => this.held--,
      addDownstreamWatermarkCallbacks: (observer) => (this.clientFlow = observer),
      removeDownstreamWatermarkCallbacks: () => (this.clientFlow = undefined),
    }
  }

  #takeReply(reply: LocalReply): void {
    this.reply = reply
    this.response = newResponseHeaders(reply.status)
    reply.modifyHeaders?.(this.response)
    if (reply.flag !== undefined) this.info.setFlag(reply.flag)
    this.body = reply.body
    this.ended = true
  }
}
