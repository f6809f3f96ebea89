/**
 * The socket calls, one function each. Descriptors are numbers and shared by all threads; whoever makes one owns it
 * until it gives it to a socket, which then closes it. Failures are values: the error number, 0 for success.
 */
import type { Address } from '../api/network.ts'
import { errno, libc } from './libc.ts'
import { NativeBuffer } from './native-buffer.ts'
import type { KernelAddress } from './socket-address.ts'
import { decodeSocketAddress, encodeSocketAddress, familyOf, SOCKADDR_MAX } from './socket-address.ts'
import {
  IPPROTO_IP,
  IPPROTO_IPV6,
  SHUT_WR,
  SO_ERROR,
  SO_LINGER,
  SO_ORIGINAL_DST,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from './socket-constants.ts'
import type { PeerBits } from './stream-calls.ts'
import { peerBits } from './stream-calls.ts'

const F_DUPFD_CLOEXEC = 1030

// Written and read within one call of this file, never across two.
const address = new NativeBuffer(SOCKADDR_MAX)
const optionValue = new NativeBuffer(256)
const length = new NativeBuffer(4)

/** A non-blocking stream socket, or the negative error number. */
export function createStreamSocket(family: Address): number {
  const fd = libc.socket(familyOf(family), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
  return fd < 0 ? -errno() : fd
}

/** The same for datagrams. */
export function createDatagramSocket(family: Address): number {
  const fd = libc.socket(familyOf(family), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
  return fd < 0 ? -errno() : fd
}

export function bindSocket(fd: number, to: Address): number {
  const size = encodeSocketAddress(to, address)
  return libc.bind(fd, address.address, size) < 0 ? errno() : 0
}

/** EINPROGRESS is what a connection over a network begins with. */
export function connectSocket(fd: number, to: Address): number {
  const size = encodeSocketAddress(to, address)
  return libc.connect(fd, address.address, size) < 0 ? errno() : 0
}

/** Calling it again changes the backlog. */
export function listenOn(fd: number, backlog: number): number {
  return libc.listen(fd, backlog) < 0 ? errno() : 0
}

export function closeDescriptor(fd: number): void {
  libc.close(fd)
}

/** A FIN. */
export function shutdownWriting(fd: number): void {
  libc.shutdown(fd, SHUT_WR)
}

/** To close it will send a reset and drop what was not sent. */
export function resetOnClose(fd: number): void {
  // struct linger: on, for no time.
  optionValue.view.setInt32(0, 1, true)
  optionValue.view.setInt32(4, 0, true)
  libc.setsockopt(fd, SOL_SOCKET, SO_LINGER, optionValue.address, 8)
}

/** Another descriptor of the same socket, or the negative error number. */
export function duplicateDescriptor(fd: number): number {
  const copy = libc.fcntl(fd, F_DUPFD_CLOEXEC, 0)
  return copy < 0 ? -errno() : copy
}

export function setSocketOption(fd: number, level: number, name: number, value: number | Uint8Array): number {
  let size = 4
  if (typeof value === 'number') {
    optionValue.view.setInt32(0, value, true)
  } else {
    if (value.length > optionValue.bytes.length) throw new Error(`socket option of ${value.length} bytes`)
    size = value.length
    optionValue.bytes.set(value)
  }
  return libc.setsockopt(fd, level, name, optionValue.address, size) < 0 ? errno() : 0
}

/** An integer option; undefined when the socket does not have it. */
export function getSocketOption(fd: number, level: number, name: number): number | undefined {
  length.view.setUint32(0, 4, true)
  if (libc.getsockopt(fd, level, name, optionValue.address, length.address) < 0) return undefined
  return optionValue.view.getInt32(0, true)
}

/** The first `size` bytes of a structure, to be read at once; undefined when the socket does not have it (or less of it). */
export function getSocketStructure(fd: number, level: number, name: number, size: number): DataView | undefined {
  length.view.setUint32(0, size, true)
  if (libc.getsockopt(fd, level, name, optionValue.address, length.address) < 0) return undefined
  return length.view.getUint32(0, true) < size ? undefined : optionValue.view
}

/** Where the client of an accepted connection meant to go; undefined where the system knows of no redirection. */
export function originalDestinationOf(fd: number, family: 4 | 6): KernelAddress | undefined {
  length.view.setUint32(0, SOCKADDR_MAX, true)
  const level = family === 4 ? IPPROTO_IP : IPPROTO_IPV6
  if (libc.getsockopt(fd, level, SO_ORIGINAL_DST, address.address, length.address) < 0) return undefined
  return decodeSocketAddress(address, length.view.getUint32(0, true))
}

/** The error that a connection attempt ended with; reading it clears it. */
export function takeSocketError(fd: number): number {
  return getSocketOption(fd, SOL_SOCKET, SO_ERROR) ?? 0
}

export function localAddressOf(fd: number): KernelAddress | undefined {
  length.view.setUint32(0, SOCKADDR_MAX, true)
  if (libc.getsockname(fd, address.address, length.address) < 0) return undefined
  return decodeSocketAddress(address, length.view.getUint32(0, true))
}

/** The peer's IP address; undefined when it is gone or has none. */
export function peerBitsOf(fd: number): PeerBits | undefined {
  length.view.setUint32(0, SOCKADDR_MAX, true)
  if (libc.getpeername(fd, address.address, length.address) < 0) return undefined
  return peerBits(address.view)
}

export function remoteAddressOf(fd: number): KernelAddress | undefined {
  length.view.setUint32(0, SOCKADDR_MAX, true)
  if (libc.getpeername(fd, address.address, length.address) < 0) return undefined
  return decodeSocketAddress(address, length.view.getUint32(0, true))
}
