/**
 * Accepts connections on a socket that the main thread made and bound.
 *
 * The runtime's `listen` takes a descriptor as its node:net needs it to, though its types do not say so. node:net itself
 * would take ten milliseconds to load in every thread. A test fails when this changes.
 */
import type { Dispatcher } from '../api/event.ts'
import type { Address } from '../api/network.ts'
import { localAddressOf } from '../platform/socket-calls.ts'
import { isWildcard, pipeAddress, socketAddress } from './address.ts'
import { SocketConnection } from './connection.ts'
import { SocketInfo } from './connection-info.ts'
import { closeListenSocket, duplicateListenSocket, listenOnSocket } from './listen-socket.ts'
import type { NativeHandlers, NativeSocket } from './native-socket.ts'
import { PeerAddresses } from './peer-addresses.ts'
import { socketHandlers } from './socket-handlers.ts'
import { ThreadSockets } from './thread-sockets.ts'

export interface AcceptorDeps {
  readonly dispatcher: Dispatcher
  /** Once per connection, open and with its addresses. Add filters and callbacks; bytes come later. */
  onAccept(connection: SocketConnection): void
  /**
   * Once per connection, before anything else: who takes its descriptor, to give it to `Adopter.adopt` on another thread.
   * Undefined: it stays here.
   */
  elsewhere?(): ((fd: number) => void) | undefined
  /** At the end of a turn in which connections came: how many. */
  onAccepted?(count: number): void
  /** Costs one descriptor more. */
  readonly pausable?: boolean
}

export interface Acceptor {
  /**
   * Takes no more connections until `resume`; the system goes on to complete them, up to the backlog. Only of an acceptor
   * that was started as `pausable`. Both are idempotent.
   */
  pause(): void
  resume(): void
  /** Closes the listening socket at once; connections live on. Idempotent. */
  stop(): void
}

/**
 * Takes the descriptor over. A negative backlog is the system's maximum. Throws when the system does not let it listen:
 * the main thread finds that out before (`listenOnSocket`).
 */
export function startAccepting(fd: number, backlog: number, deps: AcceptorDeps): Acceptor {
  const thread = deps.dispatcher.local(ThreadSockets)
  const local = addressOf(fd)
  const peers = new PeerAddresses()
  let accepted = 0
  const tellAccepted = (): void => {
    deps.onAccepted?.(accepted)
    accepted = 0
  }
  const handlers = socketHandlers(thread, (socket) => {
    if (accepted++ === 0) deps.dispatcher.post(tellAccepted)
    const connection = new SocketConnection(thread, infoOf(socket, local, peers), 'open')
    socket.data = connection
    const take = deps.elsewhere?.()
    if (take !== undefined) return giveAway(socket, take)
    connection.onNativeOpen(socket)
    deps.onAccept(connection)
  })
  // The runtime closes what it is given, so that what shall outlive a pause has to be another descriptor of the socket.
  const kept = deps.pausable === true ? fd : undefined
  const accept = (): NativeListener => {
    const listener = adopt(kept === undefined ? fd : duplicateOf(kept), handlers)
    // The runtime has called listen(2) with a backlog of its own; the second call corrects that.
    const failure = listenOnSocket(fd, local, backlog, { options: [] })
    if (failure !== undefined) throw new Error(`${failure.message} on ${local.text}`)
    return listener
  }
  let listener: NativeListener | undefined = accept()
  let stopped = false
  return {
    pause() {
      if (kept === undefined) return
      listener?.stop(false)
      listener = undefined
    },
    resume() {
      if (!stopped) listener ??= accept()
    },
    stop() {
      if (stopped) return
      stopped = true
      listener?.stop(false)
      listener = undefined
      if (kept !== undefined) closeListenSocket(kept)
    },
  }
}

function giveAway(socket: NativeSocket, take: (fd: number) => void): void {
  const copy = duplicateOf(socket.fd)
  socket.data.close('no-flush')
  // Every socket of the runtime has it. It closes the descriptor; the peer hears nothing while there is another one.
  ;(socket as NativeSocket & { close(): void }).close()
  take(copy)
}

export interface AdopterDeps {
  readonly dispatcher: Dispatcher
  onAccept(connection: SocketConnection): void
  /** The connection was over before it could be taken over. */
  onFailed(): void
}

/** Takes over connections that another thread accepted. */
export class Adopter {
  readonly #deps: AdopterDeps
  readonly #thread: ThreadSockets
  readonly #handlers: NativeHandlers
  readonly #peers = new PeerAddresses()
  /** Descriptors in the order in which they were given to the runtime, which opens them in this order. */
  readonly #locals = new Map<number, Address>()

  constructor(deps: AdopterDeps) {
    this.#deps = deps
    this.#thread = deps.dispatcher.local(ThreadSockets)
    this.#handlers = socketHandlers(this.#thread, (socket) => this.#open(socket))
  }

  adopt(fd: number): void {
    this.#locals.set(fd, addressOf(fd))
    const connect = Bun.connect as unknown as (options: {
      readonly fd: number
      readonly allowHalfOpen: boolean
      readonly socket: NativeHandlers
    }) => Promise<unknown>
    connect({ fd, allowHalfOpen: true, socket: this.#handlers }).catch(() => {
      if (this.#locals.delete(fd)) this.#deps.onFailed()
    })
  }

  #open(socket: NativeSocket): void {
    const local = this.#locals.get(socket.fd) ?? addressOf(socket.fd)
    this.#locals.delete(socket.fd)
    const connection = new SocketConnection(this.#thread, infoOf(socket, local, this.#peers), 'open')
    socket.data = connection
    connection.onNativeOpen(socket)
    this.#deps.onAccept(connection)
  }
}

function duplicateOf(fd: number): number {
  const copy = duplicateListenSocket(fd)
  if (!copy.ok) throw new Error(copy.message)
  return copy.fd
}

interface NativeListener {
  stop(closeConnections: boolean): void
}

function adopt(fd: number, socket: NativeHandlers): NativeListener {
  const listen = Bun.listen as unknown as (options: {
    readonly fd: number
    readonly allowHalfOpen: boolean
    readonly socket: NativeHandlers
  }) => NativeListener
  return listen({ fd, allowHalfOpen: true, socket })
}

function addressOf(fd: number): Address {
  const bound = localAddressOf(fd)
  if (bound === undefined) throw new Error(`descriptor ${fd} is not a bound socket`)
  return bound.kind === 'pipe' ? pipeAddress(bound.path, 0) : socketAddress(bound.ip, bound.port)
}

function infoOf(socket: NativeSocket, listening: Address, peers: PeerAddresses): SocketInfo {
  if (listening.kind === 'pipe') return new SocketInfo(listening, NAMELESS_PIPE)
  // Where the socket listens on one address, connections have that one; no need to ask the kernel for each.
  const local = isWildcard(listening) ? socketAddress(socket.localAddress ?? '', socket.localPort ?? 0) : listening
  return new SocketInfo(local, peers.of(socket))
}

const NAMELESS_PIPE = pipeAddress('', 0)
