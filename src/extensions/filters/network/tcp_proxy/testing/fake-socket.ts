/** One end of a session: what is written is kept, bytes and ends come from the test. */
import type { ComposedBytes } from '../../../../../api/bytes.ts'
import type { Protocol } from '../../../../../api/codec.ts'
import type { CloseType, ConnectionCallbacks, ConnectionEvent, ReadFilter } from '../../../../../api/network.ts'
import type { ReadableConnection } from '../../../../../api/upstream.ts'
import { ByteQueue } from '../../../../../base/byte-queue.ts'
import type { SimulatedDispatcher } from '../../../../../event/simulated-dispatcher.ts'
import { parseIpAddress } from '../../../../../network/address.ts'
import { SocketInfo } from '../../../../../network/connection-info.ts'
import { StreamRecord } from '../../../../../network/stream-info.ts'

export class FakeSocket implements ReadableConnection {
  readonly id: number
  readonly dispatcher: SimulatedDispatcher
  readonly info = new SocketInfo(parseIpAddress('127.0.0.1', 80), parseIpAddress('10.0.0.1', 5000))
  readonly streamInfo: StreamRecord
  readonly ssl = undefined
  readonly filterChain = undefined
  protocol: Protocol | undefined = undefined
  readonly bufferLimit = 0
  bufferedBytes = 0
  state: 'open' | 'closing' | 'closed' = 'open'
  closeReason = ''
  closedBy: CloseType | undefined = undefined
  readDisables = 0
  halfClose = false
  writeEnded = false
  readonly written: Uint8Array[] = []
  readonly #callbacks: ConnectionCallbacks[] = []
  #filter: ReadFilter | undefined = undefined

  countStreamBytes(): void {}

  constructor(id: number, dispatcher: SimulatedDispatcher) {
    this.id = id
    this.dispatcher = dispatcher
    this.streamInfo = new StreamRecord(dispatcher.now, dispatcher.wallNow, this.info, id, undefined, undefined)
  }

  get text(): string {
    return Buffer.concat(this.written).latin1Slice()
  }

  // ---- what happens to it

  receive(chunk: Uint8Array | string, end = false): void {
    if (this.readDisables > 0) throw new Error('nobody reads')
    const data = new ByteQueue()
    data.push(typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk)
    this.#filter!.onData(data, end)
    if (data.length > 0) throw new Error('bytes were left')
  }

  peerCloses(reason = ''): void {
    this.closeReason = reason
    this.#end('remote-close')
  }

  setBackedUp(backedUp: boolean): void {
    for (const callbacks of this.#callbacks) {
      if (backedUp) callbacks.onAboveHighWatermark()
      else callbacks.onBelowLowWatermark()
    }
  }

  /** Everything queued has left. */
  flushed(): void {
    this.bufferedBytes = 0
    if (this.state === 'closing') this.#end('local-close')
  }

  // ---- Connection

  addReadFilter(filter: ReadFilter): void {
    this.#filter = filter
  }

  addCallbacks(callbacks: ConnectionCallbacks): void {
    this.#callbacks.push(callbacks)
  }

  write(chunk: Uint8Array | string): void {
    this.written.push(typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk)
  }

  writeComposed({ bytes, length }: ComposedBytes): void {
    this.written.push(Buffer.from(bytes.subarray(0, length)))
  }

  endWrite(): void {
    this.writeEnded = true
  }

  close(type: CloseType, reason = ''): void {
    if (this.state === 'closed') return
    this.closedBy = type
    this.closeReason = reason
    if (type === 'flush-write' && this.bufferedBytes > 0) this.state = 'closing'
    else this.#end('local-close')
  }

  readDisable(disable: boolean): void {
    this.readDisables += disable ? 1 : -1
    if (this.readDisables < 0) throw new Error('not disabled')
  }

  setHalfClose(enabled: boolean): void {
    this.halfClose = enabled
  }

  removeCallbacks(): void {}
  setBufferLimit(): void {}
  setDelayedCloseTimeout(): void {}

  #end(event: ConnectionEvent): void {
    if (this.state === 'closed') return
    this.state = 'closed'
    for (const callbacks of this.#callbacks) callbacks.onEvent(event)
  }
}
