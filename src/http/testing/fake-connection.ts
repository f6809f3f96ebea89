/** A connection without a socket: what is written is kept, bytes and events come from the test. */
import type { ComposedBytes } from '../../api/bytes.ts'
import type { Protocol } from '../../api/codec.ts'
import type { CloseType, Connection, ConnectionCallbacks, ConnectionInfo, ReadFilter } from '../../api/network.ts'
import { ByteQueue } from '../../base/byte-queue.ts'
import type { SimulatedDispatcher } from '../../event/simulated-dispatcher.ts'
import { parseIpAddress } from '../../network/address.ts'
import { StreamRecord } from '../../network/stream-info.ts'

export class FakeConnection implements Connection {
  readonly id = 7
  readonly dispatcher: SimulatedDispatcher
  state: 'open' | 'closed' = 'open'
  readonly info: ConnectionInfo
  readonly streamInfo: StreamRecord
  readonly ssl = undefined
  readonly filterChain = undefined
  protocol: Protocol | undefined = undefined
  bufferLimit = 1_048_576
  bufferedBytes = 0
  closeReason = ''
  /** Everything written since the last `take`. */
  written = ''
  closedBy: CloseType | undefined = undefined
  readDisables = 0
  readonly #callbacks: ConnectionCallbacks[] = []
  #filter: ReadFilter | undefined = undefined

  countStreamBytes(): void {}

  constructor(dispatcher: SimulatedDispatcher, peer = '10.0.0.1') {
    this.dispatcher = dispatcher
    this.info = {
      localAddress: parseIpAddress('127.0.0.1', 80),
      remoteAddress: parseIpAddress(peer, 5000),
      directRemoteAddress: parseIpAddress(peer, 5000),
      requestedServerName: '',
      detectedTransportProtocol: 'raw_buffer',
      requestedApplicationProtocols: [],
      nextProtocol: '',
    }
    this.streamInfo = new StreamRecord(dispatcher.now, dispatcher.wallNow, this.info, this.id, undefined, undefined)
  }

  use(filter: ReadFilter): void {
    this.#filter = filter
    filter.onNewConnection()
  }

  /** The peer sends; then the turn ends. */
  receive(text: string): void {
    if (this.state === 'closed') return
    const data = new ByteQueue()
    data.push(Buffer.from(text, 'latin1'))
    this.#filter!.onData(data, false)
    this.dispatcher.advance(0)
  }

  shutDown(): void {
    this.#filter!.onShutdown?.()
  }

  drain(drainTimeMs: number): void {
    this.#filter!.onDrain?.(drainTimeMs)
  }

  peerCloses(): void {
    this.#end('remote-close')
  }

  take(): string {
    const { written } = this
    this.written = ''
    return written
  }

  setBackedUp(backedUp: boolean): void {
    for (const callbacks of this.#callbacks) {
      if (backedUp) callbacks.onAboveHighWatermark()
      else callbacks.onBelowLowWatermark()
    }
  }

  write(chunk: Uint8Array | string): void {
    this.written += typeof chunk === 'string' ? chunk : Buffer.from(chunk).latin1Slice()
  }

  writeComposed({ bytes, length }: ComposedBytes): void {
    this.written += bytes.latin1Slice(0, length)
  }

  endWrite(): void {}

  close(type: CloseType, reason = ''): void {
    if (this.state === 'closed') return
    this.closedBy = type
    this.closeReason = reason
    this.#end('local-close')
  }

  readDisable(disable: boolean): void {
    this.readDisables += disable ? 1 : -1
  }

  addCallbacks(callbacks: ConnectionCallbacks): void {
    this.#callbacks.push(callbacks)
  }

  removeCallbacks(): void {}
  setBufferLimit(bytes: number): void {
    this.bufferLimit = bytes
  }
  setDelayedCloseTimeout(): void {}
  setHalfClose(): void {}

  #end(event: 'remote-close' | 'local-close'): void {
    this.state = 'closed'
    for (const callbacks of this.#callbacks) callbacks.onEvent(event)
  }
}
