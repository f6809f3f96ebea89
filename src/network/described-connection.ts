/**
 * What is told of a connection. Its record is made when somebody asks for it, as most connections come and go without;
 * what is known before waits here.
 */
import type { Protocol } from '../api/codec.ts'
import type { Dispatcher } from '../api/event.ts'
import type { SslConnectionInfo } from '../api/network.ts'
import type { FilterChainDescription } from '../api/stream-info.ts'
import type { SocketInfo } from './connection-info.ts'
import { StreamRecord } from './stream-info.ts'

export abstract class DescribedConnection {
  readonly id: number
  abstract readonly dispatcher: Dispatcher
  readonly info: SocketInfo
  readonly ssl: SslConnectionInfo | undefined = undefined
  closeReason = ''
  /** Why a connection attempt failed, as Envoy words it: `delayed connect error: Connection refused`. */
  transportFailureReason = ''
  readonly #startTime: number
  #streamInfo: StreamRecord | undefined = undefined
  #filterChain: FilterChainDescription | undefined = undefined
  #protocol: Protocol | undefined = undefined
  /** Of streams, before there was a stream info to count them. */
  #streamBytesReceived = 0
  #streamBytesSent = 0

  constructor(id: number, info: SocketInfo, startTime: number) {
    this.id = id
    this.info = info
    this.#startTime = startTime
  }

  get streamInfo(): StreamRecord {
    if (this.#streamInfo === undefined) {
      const { dispatcher } = this
      const wall = dispatcher.wallNow - (dispatcher.now - this.#startTime)
      this.#streamInfo = new StreamRecord(this.#startTime, wall, this.info, this.id, this.ssl, undefined, dispatcher)
      this.#streamInfo.filterChain = this.#filterChain
      this.#streamInfo.protocol = this.#protocol
      this.#streamInfo.bytesReceived = this.#streamBytesReceived
      this.#streamInfo.bytesSent = this.#streamBytesSent
    }
    return this.#streamInfo
  }

  /** What was noted so far is of no concern to whoever has the connection now. */
  forgetStreamInfo(): void {
    this.#streamInfo = undefined
  }

  get filterChain(): FilterChainDescription | undefined {
    return this.#filterChain
  }

  set filterChain(chain: FilterChainDescription | undefined) {
    this.#filterChain = chain
    if (this.#streamInfo !== undefined) this.#streamInfo.filterChain = chain
  }

  get protocol(): Protocol | undefined {
    return this.#protocol
  }

  set protocol(protocol: Protocol | undefined) {
    this.#protocol = protocol
    if (this.#streamInfo !== undefined) this.#streamInfo.protocol = protocol
  }

  countStreamBytes(received: number, sent: number): void {
    if (this.#streamInfo === undefined) {
      this.#streamBytesReceived += received
      this.#streamBytesSent += sent
    } else {
      this.#streamInfo.bytesReceived += received
      this.#streamInfo.bytesSent += sent
    }
  }
}
