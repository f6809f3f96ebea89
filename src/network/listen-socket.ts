/**
 * Listening sockets, made and bound on the main thread so that a port in use is known before anything changed, and
 * handed to the workers as descriptor numbers. They are bound but do not listen: that is for the worker's acceptor.
 */
import { chmodSync, unlinkSync } from 'node:fs'
import type { Address } from '../api/network.ts'
import { errorNumber, errorText } from '../platform/error-text.ts'
import {
  bindSocket,
  closeDescriptor,
  createStreamSocket,
  duplicateDescriptor,
  listenOn,
  localAddressOf,
  setSocketOption,
} from '../platform/socket-calls.ts'
import { IPPROTO_IPV6, IPV6_V6ONLY, SO_REUSEADDR, SO_REUSEPORT, SOL_SOCKET } from '../platform/socket-constants.ts'
import { withPort } from './address.ts'
import { applySocketOptions } from './apply-socket-options.ts'
import type { SocketOptions } from './socket-options.ts'

export interface ListenSocketOptions extends SocketOptions {
  /** Several sockets may be bound to the address, and the kernel spreads connections over them. */
  readonly reusePort: boolean
  /** In messages about options that cannot be set once bound. */
  readonly listenerName?: string
}

/** `message` as Envoy words it; `errno` is 0 where an option failed: `optionFailure` is for the log then. */
interface Failure {
  readonly ok: false
  readonly message: string
  readonly errno: number
  readonly optionFailure?: string
}

export type ListenSocket = { readonly ok: true; readonly fd: number; readonly address: Address } | Failure
export type DuplicateSocket = { readonly ok: true; readonly fd: number } | Failure

/** `address` of the result has the port that the kernel chose for port 0. */
export function bindListenSocket(address: Address, options: ListenSocketOptions): ListenSocket {
  const fd = createStreamSocket(address)
  if (fd < 0) return { ok: false, errno: -fd, message: `socket(2) failed, got error: ${errorText(-fd)}` }
  const failure = prepareAndBind(fd, address, options)
  if (failure !== undefined) {
    closeDescriptor(fd)
    return failure
  }
  return { ok: true, fd, address: boundAddressOf(fd, address) }
}

/**
 * Another descriptor of the same socket, for one more worker that shares it. `ok` and `fd` as above; the address is
 * that of the original.
 */
export function duplicateListenSocket(fd: number): DuplicateSocket {
  const copy = duplicateDescriptor(fd)
  if (copy < 0) return { ok: false, errno: -copy, message: `cannot duplicate socket: ${errorText(-copy)}` }
  return { ok: true, fd: copy }
}

/**
 * Lets the kernel queue connections, before any worker accepts them; for the main thread, which then knows that it
 * works. The failure in Envoy's words, or undefined.
 */
export function listenOnSocket(
  fd: number,
  address: Address,
  backlog: number,
  options: SocketOptions,
): ListenFailure | undefined {
  const error = listenOn(fd, backlog < 0 ? LARGEST_BACKLOG : backlog)
  if (error !== 0) return { message: `cannot listen() errno=${error}` }
  const optionFailure = applySocketOptions(fd, address, options.options, 'STATE_LISTENING')
  if (optionFailure === undefined) return undefined
  return { message: `cannot set post-listen socket option on socket: ${address.text}`, optionFailure }
}

export interface ListenFailure {
  readonly message: string
  /** For the log. */
  readonly optionFailure?: string
}

/** The kernel cuts it to net.core.somaxconn. */
const LARGEST_BACKLOG = 0x7fffffff

/** `address` with the port that the socket has really got. */
export function boundAddressOf(fd: number, address: Address): Address {
  const bound = localAddressOf(fd)
  return address.kind === 'ip' && bound?.kind === 'ip' ? withPort(address, bound.port) : address
}

/** For a socket that was not given to an acceptor. The file of a pipe stays, as Envoy leaves it. */
export function closeListenSocket(fd: number): void {
  closeDescriptor(fd)
}

function prepareAndBind(fd: number, address: Address, options: ListenSocketOptions): Failure | undefined {
  if (address.kind === 'ip') {
    setSocketOption(fd, SOL_SOCKET, SO_REUSEADDR, 1)
    if (options.reusePort) setSocketOption(fd, SOL_SOCKET, SO_REUSEPORT, 1)
    if (address.family === 6) setSocketOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, address.ipv4Compat === true ? 0 : 1)
  }
  const before = applySocketOptions(fd, address, options.options, 'STATE_PREBIND')
  if (before !== undefined) return optionFailure('ListenSocket', before)
  const error = address.kind === 'pipe' ? bindPipe(fd, address.path, address.mode) : bindSocket(fd, address)
  if (error !== 0) return { ok: false, errno: error, message: `cannot bind '${address.text}': ${errorText(error)}` }
  const after = applySocketOptions(fd, address, options.options, 'STATE_BOUND')
  return after === undefined ? undefined : optionFailure(options.listenerName ?? '', after)
}

function optionFailure(subject: string, optionFailure: string): Failure {
  return { ok: false, errno: 0, message: `${subject}: Setting socket options failed`, optionFailure }
}

/** A socket file left by an earlier run is in the way of the next. */
function bindPipe(fd: number, path: string, mode: number): number {
  const address: Address = { kind: 'pipe', path, mode, text: path }
  if (path.startsWith('@')) return bindSocket(fd, address)
  try {
    unlinkSync(path)
  } catch {
    // Mostly it does not exist; whatever else is wrong, bind says better.
  }
  const error = bindSocket(fd, address)
  if (error !== 0 || mode === 0) return error
  try {
    chmodSync(path, mode)
  } catch (failure) {
    return errorNumber((failure as NodeJS.ErrnoException).code ?? '') ?? 1
  }
  return 0
}
