/**
 * A connection over a socket (Envoy's ConnectionImpl): writes are queued and corked, reads are paused only
 * when bytes arrive that nobody wants, the end comes as exactly one event.
 *
 * Methods named `onNative…` and `flush` are for this room: the socket and the thread's turns call them.
 */
import type { ComposedBytes } from '../api/bytes.ts'
import type { Dispatcher, Timer } from '../api/event.ts'
import type { CloseType, Connection, ConnectionEvent, ReadFilter } from '../api/network.ts'
import { ByteQueue } from '../base/byte-queue.ts'
import { spareQueues } from '../base/spare-queues.ts'
import type { RosterMember } from '../base/roster.ts'
import { AccountedConnection } from './accounted-connection.ts'
import type { SocketInfo } from './connection-info.ts'
import type { ConnectionStats } from './connection-stats.ts'
import type { Flushable, ThreadSockets } from './thread-sockets.ts'
import type { NativeSocket } from './native-socket.ts'
import { WatermarkQueue } from './watermark-queue.ts'

/** Envoy's words for them. */
const DELAYED_CLOSE = 'triggered_delayed_close_timeout'
const END_OF_PROCESS = 'purging_socket_that_have_not_progressed_to_connections'

export class SocketConnection extends AccountedConnection implements Connection, Flushable, RosterMember {
  rosterPlace = -1
  readonly #thread: ThreadSockets
  #socket: NativeSocket | undefined = undefined
  #state: 'connecting' | 'open' | 'closing' | 'closed'

  // Reading. The buffer exists while there is something in it that filters left or that came while disabled.
  #readBuffer: ByteQueue | undefined = undefined
  #readDisableCount = 0
  #paused = false
  #readBufferFull = false
  #deliveryPosted = false
  /** Filters are being called: the buffer is theirs, also when one of them goes on reading from within. */
  #delivering = false
  #peerEnded = false
  #endDelivered = false
  #halfClose = false
  /** Whether the peer's end closes the connection although reading is disabled. */
  #detectEarlyClose: 'no' | 'unless-bytes-wait' | 'always'

  // Writing.
  readonly #writeQueue: WatermarkQueue
  #dirty = false
  #writeEnded = false
  #finSent = false

  // Closing.
  #closeAfterFlush = false
  #delayedCloseTimeoutMs = 0
  #delayedCloseTimer: Timer | undefined = undefined

  constructor(thread: ThreadSockets, info: SocketInfo, state: 'connecting' | 'open') {
    super(thread.takeId(), info, thread.dispatcher.now)
    this.#thread = thread
    this.#state = state
    this.#writeQueue = new WatermarkQueue(this.callbacks, thread.outbox)
    // A client may wait for a slow reader of ours although its peer is gone: what was sent before is still delivered.
    this.#detectEarlyClose = state === 'open' ? 'unless-bytes-wait' : 'no'
  }

  get dispatcher(): Dispatcher {
    return this.#thread.dispatcher
  }

  /** -1 when there is no socket (any more). For reading options, never for closing. */
  get fd(): number {
    return this.#socket?.fd ?? -1
  }

  get state(): 'connecting' | 'open' | 'closing' | 'closed' {
    return this.#state
  }

  get canDeliver(): boolean {
    return this.#state === 'open'
  }

  get bufferLimit(): number {
    return this.#writeQueue.limit
  }

  get bufferedBytes(): number {
    return this.#writeQueue.length
  }

  /** Bytes that came and that filters have left, or that nobody was given yet. */
  get unreadBytes(): number {
    return this.#readBuffer === undefined ? 0 : this.#readBuffer.length
  }

  /** Tells the read filters of the connection, in order; false when there is none. */
  initializeReadFilters(): boolean {
    if (!this.hasReadFilters) return false
    this.#deliver()
    return true
  }

  /** For a read filter that said 'stop': the next ones get what is there. */
  continueReading(after: ReadFilter): void {
    if (!this.canDeliver) return
    const data = (this.#readBuffer ??= spareQueues.take())
    const nested = this.#delivering
    this.#delivering = true
    this.readBehind(after, data, this.#peerEnded && this.#halfClose)
    this.#delivering = nested
    if (!nested) this.#afterDelivery()
  }

  /** The process is about to end. */
  notifyShutdown(): void {
    if (!this.shutDownFilters()) this.close('no-flush', END_OF_PROCESS)
  }

  override setConnectionStats(stats: ConnectionStats): void {
    super.setConnectionStats(stats)
    // What listener filters have looked at counts where it is used.
    if (this.#readBuffer !== undefined) this.countReceived(this.#readBuffer.length)
  }

  setHalfClose(enabled: boolean): void {
    this.#halfClose = enabled
  }

  /** Whether the peer's end closes the connection even while reading is disabled, with all that was not read. */
  setDetectEarlyClose(enabled: boolean): void {
    this.#detectEarlyClose = enabled ? 'always' : 'no'
  }

  setDelayedCloseTimeout(ms: number): void {
    this.#delayedCloseTimeoutMs = ms
  }

  setBufferLimit(bytes: number): void {
    this.#writeQueue.setLimit(bytes)
  }

  write(chunk: Uint8Array | string): void {
    if (chunk.length === 0 || !this.#takesWrites()) return
    if (this.hasWriteFilters) this.#offerToWriteFilters(chunk)
    else this.#enqueue(chunk)
  }

  writeComposed(composed: ComposedBytes): void {
    if (!this.#takesWrites()) return
    if (this.hasWriteFilters) {
      return this.#offerToWriteFilters(Buffer.from(composed.bytes.subarray(0, composed.length)))
    }
    if (!this.#dirty) this.#markDirty()
    this.#writeQueue.pushComposed(composed, this.#dirty)
  }

  #takesWrites(): boolean {
    return !this.#writeEnded && (this.#state === 'open' || this.#state === 'connecting')
  }

  endWrite(): void {
    if (!this.#takesWrites()) return
    if (this.hasWriteFilters && !this.writeThroughFilters(new ByteQueue(), true)) return
    this.#writeEnded = true
    this.#markDirty()
  }

  #offerToWriteFilters(chunk: Uint8Array | string): void {
    const data = new ByteQueue()
    data.push(typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk)
    if (!this.writeThroughFilters(data, false)) return
    for (let piece = data.shift(); piece !== undefined; piece = data.shift()) this.#enqueue(piece)
  }

  #enqueue(chunk: Uint8Array | string): void {
    if (!this.#dirty) this.#markDirty()
    this.#writeQueue.push(chunk, this.#dirty)
  }

  #markDirty(): void {
    if (this.#dirty || this.#writeQueue.blocked || this.#state === 'connecting') return
    this.#dirty = true
    this.#thread.markDirty(this)
  }

  flush(): void {
    this.#dirty = false
    const socket = this.#socket
    if (socket === undefined || this.#writeQueue.blocked || this.#state === 'connecting') return
    if (this.#writeQueue.length > 0) {
      const taken = this.#writeQueue.flush(socket, this.#thread.scratch)
      // -1: the socket is gone, its `close` comes next.
      if (taken < 0) return
      this.countSent(taken, this.#writeQueue.length)
      if (taken > 0 && this.#delayedCloseTimer?.enabled === true) this.#armDelayedClose()
      if (this.#writeQueue.length > 0) return
    }
    if (this.#writeEnded && !this.#finSent) this.#sendFin(socket)
    if (this.#closeAfterFlush) this.#finish('local-close')
  }

  #sendFin(socket: NativeSocket): void {
    this.#finSent = true
    socket.shutdown()
    if (this.#endDelivered) this.#finish('local-close')
  }

  readDisable(disable: boolean): void {
    if (disable) {
      this.#readDisableCount++
      return
    }
    if (this.#readDisableCount === 0) throw new Error('readDisable(false) without readDisable(true)')
    if (--this.#readDisableCount > 0 || this.#state !== 'open') return
    this.#resume()
    if (this.#readBuffer !== undefined || (this.#peerEnded && !this.#endDelivered)) this.#postDelivery()
  }

  #resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#socket?.resume()
  }

  /** Not at once: whoever enables reading does not expect to be called back by it. */
  #postDelivery(): void {
    if (this.#deliveryPosted) return
    this.#deliveryPosted = true
    this.dispatcher.post(() => {
      this.#deliveryPosted = false
      if (this.#state !== 'open' || this.#readDisableCount > 0) return
      this.#thread.enter()
      this.#deliver()
      this.#thread.leave()
    })
  }

  #deliver(): void {
    const data = (this.#readBuffer ??= spareQueues.take())
    const end = this.#peerEnded && this.#halfClose
    if (end) this.#endDelivered = true
    this.#delivering = true
    this.readThroughFilters(data, end)
    this.#delivering = false
    this.#afterDelivery()
  }

  #afterDelivery(): void {
    if (this.#state === 'closed') return
    const data = this.#readBuffer
    if (data?.length === 0) {
      this.#readBuffer = undefined
      spareQueues.give(data)
    }
    this.#checkReadBuffer()
    if (!this.#peerEnded || this.#state !== 'open') return
    // With half close on, the end is the filters' to answer; otherwise it is the end of all.
    if (!this.#halfClose && this.#readDisableCount === 0) this.#finish('remote-close')
    else if (this.#endDelivered && this.#finSent) this.#finish('remote-close')
  }

  /** What filters leave counts against the limit, too, as the socket would go on for ever. */
  #checkReadBuffer(): void {
    const left = this.#readBuffer === undefined ? 0 : this.#readBuffer.length
    this.noteUnread(left)
    const limit = this.#writeQueue.limit
    if (limit === 0 && !this.#readBufferFull) return
    if (!this.#readBufferFull && left > limit) {
      this.#readBufferFull = true
      this.readDisable(true)
    } else if (this.#readBufferFull && left <= limit / 2) {
      this.#readBufferFull = false
      this.readDisable(false)
    }
  }

  onNativeData(chunk: Uint8Array): void {
    // It came before the end that something else has brought about since.
    if (this.#state === 'closed') return
    if (this.#state === 'connecting') this.onNativeDrain()
    this.countReceived(chunk.length)
    if (this.#state !== 'open') return
    const data = (this.#readBuffer ??= spareQueues.take())
    data.push(chunk)
    if (this.#readDisableCount === 0) return this.#deliver()
    // It was on its way when reading was disabled, or the socket is only now worth being paused. After a reset what the
    // kernel has is delivered even when paused.
    if (!this.#paused) {
      this.#paused = true
      this.#socket?.pause()
    }
  }

  onNativeEnd(): void {
    if (this.#state === 'connecting') this.onNativeDrain()
    // What was written in this turn is sent before the end has its consequences.
    if (this.#dirty) this.flush()
    this.#peerEnded = true
    if (this.#state === 'closing') return this.#finish('remote-close')
    if (this.#state !== 'open') return
    if (this.#readDisableCount === 0) return this.#deliver()
    if (this.#detectEarlyClose !== 'no' && !this.#halfClose) this.#finish('remote-close')
  }

  /** As `onNativeEnd`, but there may be bytes in front of it. */
  onNativeEndWhilePaused(): void {
    if (this.#detectEarlyClose === 'always' && this.#state === 'open' && !this.#halfClose) this.#finish('remote-close')
  }

  /** Its socket, which is open or being connected. */
  setSocket(socket: NativeSocket): void {
    this.#socket = socket
  }

  /** There is room to write; for a connection attempt it is the news of its success. */
  onNativeDrain(): void {
    this.#writeQueue.blocked = false
    if (this.#state === 'connecting') {
      this.#state = 'open'
      this.callbacks.event('connected')
    }
    if (this.#writeQueue.length > 0 || this.#writeEnded || this.#closeAfterFlush) this.flush()
  }

  /** It broke: `ECONNRESET`. */
  onNativeClose(error: string): void {
    if (this.#state === 'closed') return
    this.#socket = undefined
    if (this.closeReason === '') this.closeReason = error
    this.#finish('remote-close')
  }

  /** The attempt failed; the event comes with the next turn, as nobody is listening yet. */
  failConnecting(event: 'local-close' | 'remote-close', reason: string, transportFailureReason: string): void {
    this.dispatcher.post(() => {
      if (this.#state === 'closed') return
      this.closeReason = reason
      this.transportFailureReason = transportFailureReason
      this.#finish(event)
    })
  }

  close(type: CloseType, reason?: string): void {
    if (this.#state === 'closed') return
    if (reason !== undefined && this.closeReason === '') this.closeReason = reason
    if (type === 'abort-reset' || this.#state === 'connecting') return this.#finish('local-close', true)
    if (type === 'no-flush') {
      // As Envoy: one attempt for what is there, no waiting.
      this.flush()
      return this.#finish('local-close')
    }
    const delay = type === 'flush-write-and-delay' && this.#delayedCloseTimeoutMs > 0
    if (this.#writeQueue.length === 0 && !delay) return this.#finish('local-close')
    this.#closeAfterFlush = !delay
    if (this.#state === 'closing') return
    this.#state = 'closing'
    this.#resume()
    if (this.#delayedCloseTimeoutMs > 0) this.#armDelayedClose()
    this.#markDirty()
  }

  #armDelayedClose(): void {
    this.#delayedCloseTimer ??= this.dispatcher.timer(() => {
      this.countDelayedCloseTimeout()
      this.closeReason = DELAYED_CLOSE
      this.#finish('local-close')
    })
    // From now on, not from when this turn of the loop began: a long one would leave the peer no time to read.
    const { dispatcher } = this
    this.#delayedCloseTimer.enable(this.#delayedCloseTimeoutMs + dispatcher.preciseNow() - dispatcher.now)
  }

  /** Idempotent: the first cause is the cause. */
  #finish(event: ConnectionEvent, reset = false): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#delayedCloseTimer?.disable()
    this.#readBuffer = undefined
    this.closeAccount()
    const socket = this.#socket
    this.#socket = undefined
    if (reset) socket?.terminate()
    else socket?.end()
    this.#writeQueue.clear()
    this.callbacks.event(event)
  }
}
