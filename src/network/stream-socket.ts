/**
 * A TCP or Unix socket of the thread's loop. It is watched edge-triggered from beginning to end with a single call to
 * the kernel: to pause it, or to wait until there is room to write, takes a flag.
 *
 * Reads until the kernel has no more, within a limit.
 */
import type { FileEvents, FileTarget } from '../api/event.ts'
import { errorName } from '../platform/error-text.ts'
import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLRDHUP } from '../platform/epoll-constants.ts'
import {
  closeDescriptor,
  localAddressOf,
  resetOnClose,
  shutdownWriting,
  takeSocketError,
} from '../platform/socket-calls.ts'
import type { LargeBuffer } from '../platform/native-buffer.ts'
import type { KernelAddress } from '../platform/socket-address.ts'
import { EAGAIN, EINTR } from '../platform/socket-constants.ts'
import { receiveInto, sendFrom, sendPart } from '../platform/stream-calls.ts'
import type { SocketConnection } from './connection.ts'
import type { NativeSocket } from './native-socket.ts'
import type { ThreadSockets } from './thread-sockets.ts'

/** Something that only another read can tell: the end, or an error. */
const ENDED = EPOLLRDHUP | EPOLLHUP | EPOLLERR

/** Bytes, as Envoy's connections read at most by their usual limit: a fast peer shall starve nobody. */
const MOST_A_TURN = 1 << 20

export class StreamSocket implements NativeSocket, FileTarget {
  readonly #thread: ThreadSockets
  readonly #files: FileEvents
  readonly #connection: SocketConnection
  #fd: number
  #connecting: boolean
  #paused = false
  /** The kernel may have something that was not read, as reading was paused or it was more than a buffer. */
  #unread = 0
  #waitsForRoom = false
  #peerEnded = false
  /** Of a write: what there is to read comes first. */
  #failure = 0

  /** Takes the descriptor over. */
  constructor(thread: ThreadSockets, fd: number, connection: SocketConnection, state: 'connecting' | 'open') {
    this.#thread = thread
    this.#files = thread.files
    this.#connection = connection
    this.#fd = fd
    this.#connecting = state === 'connecting'
    const error = this.#files.add(fd, 'edge', this)
    if (error !== 0) thread.dispatcher.post(() => this.#fail(error))
  }

  /** -1 once it is closed. */
  get fd(): number {
    return this.#fd
  }

  get localAddress(): KernelAddress | undefined {
    return this.#fd < 0 ? undefined : localAddressOf(this.#fd)
  }

  onFileEvent(events: number): void {
    if (this.#connecting && !this.#finishConnecting(events)) return
    if (this.#waitsForRoom && (events & EPOLLOUT) !== 0) {
      this.#waitsForRoom = false
      this.#tellRoom()
      if (this.#fd < 0) return
    }
    if ((events & (EPOLLIN | ENDED)) === 0) return
    if (this.#peerEnded) return this.#afterEnd(events)
    // A reset is told although nobody reads, as it will not be told again.
    if (this.#paused && (events & EPOLLERR) === 0) this.#keepUnread(events)
    else this.#read(events)
  }

  #keepUnread(events: number): void {
    this.#unread |= events
    if ((events & ENDED) === 0) return
    const thread = this.#thread
    thread.enter()
    this.#connection.onNativeEndWhilePaused()
    thread.leave()
  }

  /** Whether there is a connection now. */
  #finishConnecting(events: number): boolean {
    if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) === 0) return false
    this.#connecting = false
    const error = takeSocketError(this.#fd)
    if (error !== 0) {
      this.#fail(error)
      return false
    }
    this.#tellRoom()
    return this.#fd >= 0
  }

  #tellRoom(): void {
    const thread = this.#thread
    thread.enter()
    this.#connection.onNativeDrain()
    thread.leave()
  }

  #read(events: number): void {
    const thread = this.#thread
    this.#unread = 0
    let total = 0
    for (;;) {
      const { receiveBuffer } = thread
      const size = receiveBuffer.bytes.length
      const count = receiveInto(this.#fd, receiveBuffer, size)
      if (count > 0) {
        thread.received(this.#connection, count)
        // The connection may have been closed or paused by that.
        if (this.#fd < 0) return
        if (count < size && (events & ENDED) === 0) return
        total += count
        if (this.#paused && (events & EPOLLERR) === 0) {
          this.#unread = events | EPOLLIN
          return
        }
        if (total >= MOST_A_TURN) return this.#files.activate(this.#fd, events | EPOLLIN)
      } else if (count === 0) {
        return this.#end()
      } else if (count === -EAGAIN) {
        if (this.#failure !== 0) this.#fail(this.#failure)
        return
      } else if (count !== -EINTR) {
        return this.#fail(-count)
      }
    }
  }

  #end(): void {
    if (this.#failure !== 0) return this.#fail(this.#failure)
    this.#peerEnded = true
    const thread = this.#thread
    thread.enter()
    this.#connection.onNativeEnd()
    thread.leave()
  }

  /** The peer has ended, so that all there can be is that it has given up the other direction, too. */
  #afterEnd(events: number): void {
    if (this.#failure !== 0) return this.#fail(this.#failure)
    if ((events & EPOLLERR) === 0) return
    const error = takeSocketError(this.#fd)
    if (error !== 0) this.#fail(error)
  }

  #fail(error: number): void {
    if (this.#fd < 0) return
    this.#close()
    const thread = this.#thread
    thread.enter()
    this.#connection.onNativeClose(errorName(error))
    thread.leave()
  }

  #failLater(error: number): void {
    this.#failure = error
    this.#files.activate(this.#fd, EPOLLIN | ENDED)
  }

  write(bytes: Uint8Array, length = bytes.length): number {
    if (this.#fd < 0) return -1
    let count: number
    do count = sendFrom(this.#fd, bytes, length)
    while (count === -EINTR)
    return this.#afterSend(count, length)
  }

  writePart(memory: LargeBuffer, from: number, length: number): number {
    if (this.#fd < 0) return -1
    let count: number
    do count = sendPart(this.#fd, memory, from, length)
    while (count === -EINTR)
    return this.#afterSend(count, length)
  }

  #afterSend(count: number, offered: number): number {
    if (count === offered) return count
    if (count < 0 && count !== -EAGAIN) {
      this.#failLater(-count)
      return -1
    }
    this.#waitsForRoom = true
    return Math.max(count, 0)
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    if (this.#unread !== 0) this.#files.activate(this.#fd, this.#unread)
  }

  shutdown(): void {
    if (this.#fd >= 0) shutdownWriting(this.#fd)
  }

  end(): void {
    this.#close()
  }

  terminate(): void {
    if (this.#fd >= 0) resetOnClose(this.#fd)
    this.#close()
  }

  #close(): void {
    const fd = this.#fd
    if (fd < 0) return
    this.#fd = -1
    this.#files.forget(fd)
    closeDescriptor(fd)
  }
}
