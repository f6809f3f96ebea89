/**
 * Datagram sockets between the processes of one machine, which may carry one descriptor each. Blocking calls with a
 * limit, for the few messages of a hot restart; a signal tells when something came (`signalWhenReadable`), because the
 * runtime's event loop takes no such socket.
 */
import { fchmodSync, unlinkSync } from 'node:fs'
import { errno, libc } from './libc.ts'
import { NativeBuffer } from './native-buffer.ts'
import { setSocketOption } from './socket-calls.ts'
import { AF_UNIX, SOCK_CLOEXEC, SOL_SOCKET, UNIX_PATH_MAX } from './socket-constants.ts'

const SOCK_DGRAM = 2
const SO_PASSCRED = 16
const SO_SNDTIMEO = 21
const SCM_RIGHTS = 1
const SCM_CREDENTIALS = 2
const MSG_DONTWAIT = 0x40
const MSG_NOSIGNAL = 0x4000
const MSG_CMSG_CLOEXEC = 0x40000000
const F_SETFL = 4
const F_SETOWN = 8
const O_ASYNC = 0o20000
const POLLIN = 1
const EAGAIN = 11
const EINTR = 4
const ENAMETOOLONG = 36

/** Family and path; an abstract name is padded with zeros to the end, which are part of it. */
const ADDRESS_SIZE = 2 + UNIX_PATH_MAX
/** A message header of the control area: length (8 bytes), level, type. */
const CONTROL_HEADER = 16
const LARGEST_DATAGRAM = 65_536
const SEND_LIMIT_S = 1

// struct msghdr: name, its length, vector, its length, control, its length, flags. Used within one call each.
const header = new NativeBuffer(56)
const vector = new NativeBuffer(16)
const peer = new NativeBuffer(ADDRESS_SIZE)
const control = new NativeBuffer(128)
const payload = new NativeBuffer(LARGEST_DATAGRAM)
const pollEntry = new NativeBuffer(8)

export interface Datagram {
  readonly bytes: Uint8Array
  /** Came along and belongs to the receiver now. */
  readonly fd: number | undefined
  /** User of the sending process; the kernel says so, not the sender. */
  readonly uid: number | undefined
}

export type BoundDatagram =
  | { readonly ok: true; readonly socket: UnixDatagramSocket }
  | { readonly ok: false; readonly errno: number }

/** `@name` is abstract: it has no file and no permissions. A file in the way of a path is removed. */
export function bindUnixDatagram(path: string, mode: number): BoundDatagram {
  if (!fits(path)) return { ok: false, errno: ENAMETOOLONG }
  const fd = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)
  if (fd < 0) return { ok: false, errno: errno() }
  const error = path.startsWith('@') ? bindTo(fd, path) : bindFile(fd, path, mode)
  if (error !== 0) {
    libc.close(fd)
    return { ok: false, errno: error }
  }
  setSocketOption(fd, SOL_SOCKET, SO_PASSCRED, 1)
  const limit = new Uint8Array(16)
  limit[0] = SEND_LIMIT_S
  setSocketOption(fd, SOL_SOCKET, SO_SNDTIMEO, limit)
  return { ok: true, socket: new UnixDatagramSocket(fd, path) }
}

/** Whether a process has a datagram socket of this name; sends nothing. */
export function datagramPeerExists(path: string): boolean {
  const fd = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)
  if (fd < 0) return true
  encodeName(path)
  const connected = libc.connect(fd, peer.address, ADDRESS_SIZE) === 0
  libc.close(fd)
  return connected
}

export class UnixDatagramSocket {
  readonly path: string
  readonly #fd: number
  #closed = false

  constructor(fd: number, path: string) {
    this.#fd = fd
    this.path = path
  }

  /** Waits a second at most for room at the receiver. 0, or the error number (ECONNREFUSED: nobody is there). */
  send(to: string, bytes: Uint8Array, passedFd = -1): number {
    encodeName(to)
    payload.bytes.set(bytes)
    fillHeader(bytes.length)
    if (passedFd >= 0) {
      control.view.setBigUint64(0, BigInt(CONTROL_HEADER + 4), true)
      control.view.setInt32(8, SOL_SOCKET, true)
      control.view.setInt32(12, SCM_RIGHTS, true)
      control.view.setInt32(CONTROL_HEADER, passedFd, true)
      header.view.setBigUint64(32, BigInt(control.address), true)
      header.view.setBigUint64(40, BigInt(CONTROL_HEADER + 8), true)
    }
    for (;;) {
      if (libc.sendmsg(this.#fd, header.address, MSG_NOSIGNAL) >= 0) return 0
      const error = errno()
      if (error !== EINTR) return error
    }
  }

  /** The next datagram; undefined when none came within `waitMs` (0: none is there). */
  receive(waitMs: number): Datagram | undefined {
    const first = this.#take()
    if (first !== undefined || waitMs <= 0) return first
    pollEntry.view.setInt32(0, this.#fd, true)
    pollEntry.view.setInt32(4, POLLIN, true)
    libc.poll(pollEntry.address, 1, Math.ceil(waitMs))
    return this.#take()
  }

  /** From now on the process gets SIGIO when a datagram comes. Whoever calls this handles the signal already. */
  signalWhenReadable(): void {
    libc.fcntl(this.#fd, F_SETOWN, process.pid)
    libc.fcntl(this.#fd, F_SETFL, O_ASYNC)
  }

  /** Removes the file of a path, too. Idempotent. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    libc.close(this.#fd)
    if (!this.path.startsWith('@')) removeFile(this.path)
  }

  #take(): Datagram | undefined {
    if (this.#closed) return undefined
    fillHeader(LARGEST_DATAGRAM)
    header.view.setBigUint64(32, BigInt(control.address), true)
    header.view.setBigUint64(40, BigInt(control.bytes.length), true)
    for (;;) {
      const size = libc.recvmsg(this.#fd, header.address, MSG_DONTWAIT | MSG_CMSG_CLOEXEC)
      if (size >= 0) return { bytes: payload.bytes.slice(0, size), ...readControl() }
      const error = errno()
      if (error === EAGAIN) return undefined
      if (error !== EINTR) return undefined
    }
  }
}

/** Waits; for the start, when there is nothing else to do. */
export function waitMs(ms: number): void {
  libc.poll(pollEntry.address, 0, ms)
}

function fits(path: string): boolean {
  return new TextEncoder().encode(path).length < UNIX_PATH_MAX
}

function encodeName(path: string): void {
  const { bytes, view } = peer
  bytes.fill(0)
  view.setUint16(0, AF_UNIX, true)
  bytes.set(new TextEncoder().encode(path).subarray(0, UNIX_PATH_MAX), 2)
  if (path.startsWith('@')) bytes[2] = 0
}

function bindTo(fd: number, path: string): number {
  encodeName(path)
  return libc.bind(fd, peer.address, ADDRESS_SIZE) < 0 ? errno() : 0
}

function bindFile(fd: number, path: string, mode: number): number {
  removeFile(path)
  // The file gets the mode that the socket has when it is bound, so nobody finds it with another one.
  fchmodSync(fd, mode)
  const umask = process.umask(0)
  const error = bindTo(fd, path)
  process.umask(umask)
  return error
}

function removeFile(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // It is not there, or bind says better what is wrong.
  }
}

/** Of a message to or from `peer` through `payload`. */
function fillHeader(size: number): void {
  const { view } = header
  header.bytes.fill(0)
  vector.view.setBigUint64(0, BigInt(payload.address), true)
  vector.view.setBigUint64(8, BigInt(size), true)
  view.setBigUint64(0, BigInt(peer.address), true)
  view.setUint32(8, ADDRESS_SIZE, true)
  view.setBigUint64(16, BigInt(vector.address), true)
  view.setBigUint64(24, 1n, true)
}

function readControl(): Pick<Datagram, 'fd' | 'uid'> {
  const { view } = control
  const end = Number(header.view.getBigUint64(40, true))
  let fd: number | undefined
  let uid: number | undefined
  for (let at = 0; at + CONTROL_HEADER < end;) {
    const length = Number(view.getBigUint64(at, true))
    if (length < CONTROL_HEADER) break
    const type = view.getInt32(at + 12, true)
    if (type === SCM_RIGHTS) {
      for (let place = at + CONTROL_HEADER; place + 4 <= at + length; place += 4) {
        // One was agreed on; more are not kept open.
        if (fd !== undefined) libc.close(fd)
        fd = view.getInt32(place, true)
      }
    }
    if (type === SCM_CREDENTIALS) uid = view.getUint32(at + CONTROL_HEADER + 4, true)
    at += (length + 7) & ~7
  }
  return { fd, uid }
}
