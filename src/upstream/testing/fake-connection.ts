/** Connections to hosts that exist only in a test: it says when they connect, what they receive and when they end. */
import type { ComposedBytes } from '../../api/bytes.ts'
import type { Protocol } from '../../api/codec.ts'
import type { Dispatcher } from '../../api/event.ts'
import type {
  CloseType,
  ConnectionCallbacks,
  ConnectionEvent,
  ConnectionInfo,
  ReadFilter,
  SslConnectionInfo,
} from '../../api/network.ts'
import type { StreamInfo } from '../../api/stream-info.ts'
import { ByteQueue } from '../../base/byte-queue.ts'
import type { ConnectOptions } from '../../network/client-connection.ts'
import { SocketInfo } from '../../network/connection-info.ts'
import { pipeAddress } from '../../network/address.ts'
import type { Connect, UpstreamConnection } from '../pool/upstream-connection.ts'

export class FakeConnection implements UpstreamConnection {
  rosterPlace = -1
  readonly id: number
  readonly dispatcher: Dispatcher
  readonly options: ConnectOptions
  readonly info: ConnectionInfo
  readonly ssl: SslConnectionInfo | undefined = undefined
  readonly filterChain = undefined
  protocol: Protocol | undefined = undefined
  readonly bufferLimit = 0
  readonly bufferedBytes = 0
  state: 'connecting' | 'open' | 'closing' | 'closed' = 'connecting'
  closeReason = ''
  transportFailureReason = ''
  readDisabled = 0
  /** All that was written, as latin1. */
  written = ''
  #callbacks: ConnectionCallbacks[] = []
  readonly #received = new ByteQueue()
  #filter: ReadFilter | undefined = undefined

  countStreamBytes(): void {}

  addWriteFilter(): void {}

  constructor(id: number, dispatcher: Dispatcher, options: ConnectOptions) {
    this.id = id
    this.dispatcher = dispatcher
    this.options = options
    this.info = new SocketInfo(pipeAddress('', 0), options.address)
  }

  // ---- what happens to it

  connect(): void {
    this.state = 'open'
    this.#event('connected')
  }

  refuse(reason = 'delayed connect error: Connection refused'): void {
    this.transportFailureReason = reason
    this.#end('remote-close')
  }

  receive(text: string): void {
    this.#received.push(Buffer.from(text, 'latin1'))
    this.#filter?.onData(this.#received, false)
  }

  /** More (or no more) waits to be sent than should. */
  backUp(backedUp: boolean): void {
    for (const each of this.#callbacks) {
      if (backedUp) each.onAboveHighWatermark()
      else each.onBelowLowWatermark()
    }
  }

  endByPeer(): void {
    this.#end('remote-close')
  }

  // ---- the contract

  get streamInfo(): StreamInfo {
    throw new Error('not in this test')
  }

  write(chunk: Uint8Array | string): void {
    this.written += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('latin1')
  }

  writeComposed({ bytes, length }: ComposedBytes): void {
    this.written += bytes.latin1Slice(0, length)
  }

  endWrite(): void {}

  close(_type: CloseType, reason = ''): void {
    this.closeReason = reason
    this.#end('local-close')
  }

  readDisable(disable: boolean): void {
    this.readDisabled += disable ? 1 : -1
  }

  addCallbacks(callbacks: ConnectionCallbacks): void {
    this.#callbacks.push(callbacks)
  }

  removeCallbacks(callbacks: ConnectionCallbacks): void {
    this.#callbacks = this.#callbacks.filter((other) => other !== callbacks)
  }

  addReadFilter(filter: ReadFilter): void {
    this.#filter = filter
  }

  initializeReadFilters(): boolean {
    this.#filter?.onNewConnection()
    return true
  }

  setConnectionStats(): void {}
  setDetectEarlyClose(): void {}
  setBufferLimit(): void {}
  setDelayedCloseTimeout(): void {}
  setHalfClose(): void {}

  #end(event: ConnectionEvent): void {
    if (this.state === 'closed') return
    this.state = 'closed'
    this.#event(event)
  }

  #event(event: ConnectionEvent): void {
    for (const callbacks of this.#callbacks.slice()) callbacks.onEvent(event)
  }
}

/** Keeps what was asked for, in order. */
export class FakeNetwork {
  readonly connections: FakeConnection[] = []

  readonly connect: Connect = (dispatcher, options) => {
    const connection = new FakeConnection(this.connections.length + 1, dispatcher, options)
    this.connections.push(connection)
    return connection
  }

  get last(): FakeConnection {
    const connection = this.connections.at(-1)
    if (connection === undefined) throw new Error('nobody has asked for a connection')
    return connection
  }

  get open(): number {
    return this.connections.filter(({ state }) => state !== 'closed').length
  }
}
