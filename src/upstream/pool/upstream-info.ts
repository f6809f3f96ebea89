/** What a stream learns about the upstream connection that carries it. */
import type { BytesMeter, Protocol } from '../../api/codec.ts'
import type { Address } from '../../api/network.ts'
import type { SharedObjects, UpstreamInfo } from '../../api/stream-info.ts'
import type { Host } from '../../api/upstream.ts'
import type { PooledConnection } from './pooled-connection.ts'

const NOTHING_SHARED: SharedObjects = new Map()

/** One for each stream: what is the same for all streams of the connection is asked of that. */
export class PooledUpstreamInfo implements UpstreamInfo {
  transportFailureReason = ''
  readonly protocol: Protocol | undefined
  readonly meter: BytesMeter | undefined
  poolAsked: number | undefined = undefined
  poolReady: number | undefined = undefined
  firstTxByte: number | undefined = undefined
  lastTxByte: number | undefined = undefined
  firstRxByte: number | undefined = undefined
  firstRxBodyByte: number | undefined = undefined
  lastRxByte: number | undefined = undefined
  readonly numStreams: number
  attemptedHosts: Host[] | undefined = undefined
  readonly #pooled: PooledConnection

  /** `pooled` is connected and stays so, or has been. */
  constructor(
    pooled: PooledConnection,
    protocol: Protocol | undefined,
    meter: BytesMeter | undefined,
    numStreams: number,
  ) {
    this.#pooled = pooled
    this.protocol = protocol
    this.meter = meter
    this.numStreams = numStreams
  }

  get sharedObjects(): SharedObjects {
    return this.#pooled.sharedObjects ?? NOTHING_SHARED
  }

  get host(): Host {
    return this.#pooled.host
  }

  get localAddress(): Address | undefined {
    const { localAddress } = this.#pooled.connection.info
    // Our end of a pipe has no name.
    return localAddress.text === '' ? undefined : localAddress
  }

  get remoteAddress(): Address | undefined {
    return this.#pooled.connection.info.remoteAddress
  }

  get connectionId(): number {
    return this.#pooled.connection.id
  }

  get connectStart(): number {
    return this.#pooled.connectStart
  }

  get connectEnd(): number {
    return this.#pooled.connectEnd
  }
}
