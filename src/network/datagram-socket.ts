/** A datagram socket with one peer, watched by the thread's loop. */
import type { Dispatcher, FileTarget } from '../api/event.ts'
import type { Address, IpAddress } from '../api/network.ts'
import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT } from '../platform/epoll-constants.ts'
import { LargeBuffer } from '../platform/native-buffer.ts'
import { bindSocket, closeDescriptor, connectSocket, createDatagramSocket } from '../platform/socket-calls.ts'
import { EAGAIN, EINTR } from '../platform/socket-constants.ts'
import { receiveInto, sendFrom } from '../platform/stream-calls.ts'
import { applySocketOptions } from './apply-socket-options.ts'
import type { SocketOption } from './socket-options.ts'

export interface DatagramOptions {
  readonly peer: Address
  /** Port 0: any. */
  readonly source: IpAddress | undefined
  readonly socketOptions: readonly SocketOption[]
  /** Of what comes more is cut off. */
  readonly mostBytes: number
}

export interface DatagramCallbacks {
  /** Whole, unless it was longer than was asked for; to be looked at before the call returns. */
  onDatagram(bytes: Uint8Array): void
  /** Nobody is there, or the system said no; nothing more comes. */
  onError(): void
}

/** As tests put something else in its place. */
export interface Datagrams {
  /** Once. */
  send(bytes: Uint8Array): void
  close(): void
}

export type OpenDatagrams = (
  dispatcher: Dispatcher,
  options: DatagramOptions,
  callbacks: DatagramCallbacks,
) => Datagrams | undefined

/** Datagrams read in a turn, as Envoy does. */
const MOST_A_TURN = 16

/** Undefined: the system has no such socket. */
export const openDatagrams: OpenDatagrams = (dispatcher, options, callbacks) => {
  const fd = createDatagramSocket(options.peer)
  if (fd < 0) return undefined
  if (isReady(fd, options)) {
    const socket = new DatagramSocket(dispatcher, fd, options.mostBytes, callbacks)
    if (dispatcher.files.add(fd, 'edge', socket) === 0) return socket
  }
  closeDescriptor(fd)
  return undefined
}

function isReady(fd: number, { peer, source, socketOptions }: DatagramOptions): boolean {
  const failed = applySocketOptions(fd, peer, socketOptions, 'STATE_PREBIND')
  if (failed !== undefined || (source !== undefined && bindSocket(fd, source) !== 0)) return false
  return connectSocket(fd, peer) === 0
}

class DatagramSocket implements Datagrams, FileTarget {
  readonly #dispatcher: Dispatcher
  readonly #callbacks: DatagramCallbacks
  readonly #buffer: LargeBuffer
  readonly #mostBytes: number
  #fd: number
  #unsent: Uint8Array | undefined = undefined

  constructor(dispatcher: Dispatcher, fd: number, mostBytes: number, callbacks: DatagramCallbacks) {
    this.#dispatcher = dispatcher
    this.#fd = fd
    this.#mostBytes = mostBytes
    this.#buffer = new LargeBuffer(Math.max(mostBytes, LEAST_BUFFER))
    this.#callbacks = callbacks
  }

  send(bytes: Uint8Array): void {
    if (this.#fd < 0) return
    const sent = sendFrom(this.#fd, bytes, bytes.length)
    if (sent === -EAGAIN || sent === -EINTR) this.#unsent = bytes
    else if (sent !== bytes.length) this.#callbacks.onError()
  }

  close(): void {
    if (this.#fd < 0) return
    this.#dispatcher.files.forget(this.#fd)
    closeDescriptor(this.#fd)
    this.#fd = -1
  }

  onFileEvent(events: number): void {
    if ((events & EPOLLOUT) !== 0 && this.#unsent !== undefined) {
      const bytes = this.#unsent
      this.#unsent = undefined
      this.send(bytes)
    }
    if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) !== 0) this.#read()
  }

  #read(): void {
    for (let turn = 0; turn < MOST_A_TURN && this.#fd >= 0; turn++) {
      const count = receiveInto(this.#fd, this.#buffer, this.#mostBytes)
      if (count === -EAGAIN) return
      if (count === -EINTR) continue
      if (count < 0) return this.#callbacks.onError()
      this.#callbacks.onDatagram(this.#buffer.bytes.subarray(0, count))
    }
    if (this.#fd >= 0) this.#dispatcher.files.activate(this.#fd, EPOLLIN)
  }
}

/** A page, see `LargeBuffer`. */
const LEAST_BUFFER = 4096
