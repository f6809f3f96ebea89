/**
 * The calls on the way of a request: accepting, receiving, sending. Counts, or the negative error number.
 */
import type { Pointer } from 'bun:ffi'
import { errno, libc } from './libc.ts'
import type { LargeBuffer } from './native-buffer.ts'
import { NativeBuffer } from './native-buffer.ts'
import { SCOPE_ID_AT, SOCKADDR_MAX } from './socket-address.ts'
import { AF_INET, AF_INET6, MSG_NOSIGNAL, SOCK_CLOEXEC, SOCK_NONBLOCK } from './socket-constants.ts'

/** The numbers of an IP address, most significant first. */
export interface PeerBits {
  readonly words: readonly number[]
  readonly port: number
  /** Of IPv6: the number of the interface; 0: none. */
  readonly zone?: number
}

const peer = new NativeBuffer(SOCKADDR_MAX)
const peerLength = new NativeBuffer(4)

/** A non-blocking socket, whose peer `acceptedPeer` says until the next call. */
export function acceptFrom(fd: number): number {
  peerLength.view.setUint32(0, SOCKADDR_MAX, true)
  const accepted = libc.accept4(fd, peer.address, peerLength.address, SOCK_NONBLOCK | SOCK_CLOEXEC)
  return accepted < 0 ? -errno() : accepted
}

/** Undefined: no IP address. */
export function acceptedPeer(): PeerBits | undefined {
  return peerBits(peer.view)
}

export function peerBits(view: DataView): PeerBits | undefined {
  const family = view.getUint16(0, true)
  const port = view.getUint16(2)
  if (family === AF_INET) return { words: [view.getUint32(4)], port }
  if (family !== AF_INET6) return undefined
  const words = [view.getUint32(8), view.getUint32(12), view.getUint32(16), view.getUint32(20)]
  return { words, port, zone: view.getUint32(SCOPE_ID_AT, true) }
}

export function receiveInto(fd: number, into: LargeBuffer, length: number): number {
  const count = libc.recv(fd, into.address, length, 0)
  return count < 0 ? -errno() : count
}

/** `length` bytes of `memory`, from `from` on. */
export function sendPart(fd: number, memory: LargeBuffer, from: number, length: number): number {
  const count = libc.send(fd, (memory.address + from) as Pointer, length, MSG_NOSIGNAL)
  return count < 0 ? -errno() : count
}

/** The first `length` of `bytes`. */
export function sendFrom(fd: number, bytes: Uint8Array, length: number): number {
  const count = libc.send(fd, bytes, length, MSG_NOSIGNAL)
  return count < 0 ? -errno() : count
}
