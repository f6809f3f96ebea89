/**
 * Connections that we begin. The socket is made, set up and put on its way with the C library, which can bind a source
 * address and set options, and watched while it still connects: its first `onNativeDrain` is the success.
 */
import type { Dispatcher } from '../api/event.ts'
import type { Address, IpAddress } from '../api/network.ts'
import { errorText, errorTextOf } from '../platform/error-text.ts'
import {
  bindSocket,
  closeDescriptor,
  connectSocket,
  createStreamSocket,
  setSocketOption,
} from '../platform/socket-calls.ts'
import {
  EINPROGRESS,
  IP_BIND_ADDRESS_NO_PORT,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPV6_V6ONLY,
  TCP_NODELAY,
} from '../platform/socket-constants.ts'
import { pipeAddress, socketAddress } from './address.ts'
import { applySocketOptions } from './apply-socket-options.ts'
import { SocketConnection } from './connection.ts'
import { SocketInfo } from './connection-info.ts'
import type { NativeSocket } from './native-socket.ts'
import type { SocketOption } from './socket-options.ts'
import { StreamSocket } from './stream-socket.ts'
import { ThreadSockets } from './thread-sockets.ts'

export interface ConnectOptions {
  readonly address: Address
  /** Port 0: any. */
  readonly sourceAddress?: IpAddress | undefined
  readonly socketOptions?: readonly SocketOption[] | undefined
  /** See Connection.setBufferLimit. */
  readonly bufferLimit: number
}

/**
 * A connection in state 'connecting': add filters and callbacks, then wait for 'connected', 'remote-close' or, when the
 * fault was at our end (source address, socket options), 'local-close'; never before this returns. `close` while
 * connecting gives the attempt up. Timeouts are the caller's.
 */
export function connectTo(dispatcher: Dispatcher, options: ConnectOptions): SocketConnection {
  const thread = dispatcher.local(ThreadSockets)
  const local = options.sourceAddress ?? UNKNOWN_ADDRESS
  const connection = new ClientConnection(thread, new SocketInfo(local, options.address), 'connecting')
  connection.setBufferLimit(options.bufferLimit)
  const fd = createStreamSocket(options.address)
  if (fd < 0) {
    connection.failConnecting('local-close', 'socket', `socket(2) failed, got error: ${errorText(-fd)}`)
    return connection
  }
  const failure = start(fd, options)
  if (failure !== undefined) {
    closeDescriptor(fd)
    connection.failConnecting(failure.event, failure.reason, failure.transport)
    return connection
  }
  if (options.address.kind === 'ip') setSocketOption(fd, IPPROTO_TCP, TCP_NODELAY, 1)
  connection.setSocket(new StreamSocket(thread, fd, connection, 'connecting'))
  return connection
}

const UNKNOWN_ADDRESS = pipeAddress('', 0)

interface StartFailure {
  /** Our own end's fault is a local close, as it says nothing about the host. */
  readonly event: 'local-close' | 'remote-close'
  readonly reason: string
  /** In Envoy's words; it has none for options. */
  readonly transport: string
}

/** Undefined: on its way. */
function start(fd: number, options: ConnectOptions): StartFailure | undefined {
  const { address, sourceAddress } = options
  // An IPv4 address in an IPv6 one (::ffff:127.0.0.1) would get by what keeps IPv4 addresses from being reached.
  if (address.kind === 'ip' && address.family === 6 && address.ipv4Compat !== true) {
    setSocketOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)
  }
  // Pipes have none, not even those that the kernel would take.
  const socketOptions = address.kind === 'ip' ? (options.socketOptions ?? []) : []
  const failed = applySocketOptions(fd, address, socketOptions, 'STATE_PREBIND')
  if (failed !== undefined) return { event: 'local-close', reason: failed, transport: '' }
  if (sourceAddress !== undefined) {
    // The port is then chosen by connect, which knows that only the pair of ends has to be unique.
    if (sourceAddress.port === 0) setSocketOption(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
    const error = bindSocket(fd, sourceAddress)
    const transport = `failed to bind to ${sourceAddress.text}: ${errorText(error)}`
    if (error !== 0) return { event: 'local-close', reason: 'bind', transport }
  }
  const error = connectSocket(fd, address)
  if (error === 0 || error === EINPROGRESS) return undefined
  const transport = `immediate connect error: ${errorText(error)}|remote address:${address.text}`
  return { event: 'remote-close', reason: 'connect', transport }
}

class ClientConnection extends SocketConnection {
  #native: NativeSocket | undefined = undefined

  override setSocket(socket: NativeSocket): void {
    this.#native = socket
    super.setSocket(socket)
  }

  override onNativeDrain(): void {
    if (this.state === 'connecting' && this.info.remoteAddress.kind === 'ip') {
      const bound = this.#native?.localAddress
      if (bound?.kind === 'ip') this.info.localAddress = socketAddress(bound.ip, bound.port)
    }
    super.onNativeDrain()
  }

  override onNativeClose(error: string): void {
    if (this.state === 'connecting') this.transportFailureReason = `delayed connect error: ${errorTextOf(error)}`
    super.onNativeClose(error)
  }
}
