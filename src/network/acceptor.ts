/** Accepts connections on a socket that the main thread made and bound. */
import type { Dispatcher, FileTarget, Timer } from '../api/event.ts'
import type { Address } from '../api/network.ts'
import { localAddressOf, peerBitsOf, setSocketOption } from '../platform/socket-calls.ts'
import { EINTR, EMFILE, ENFILE, ENOBUFS, ENOMEM, IPPROTO_TCP, TCP_NODELAY } from '../platform/socket-constants.ts'
import type { PeerBits } from '../platform/stream-calls.ts'
import { acceptedPeer, acceptFrom } from '../platform/stream-calls.ts'
import { isWildcard, pipeAddress, socketAddress } from './address.ts'
import { SocketConnection } from './connection.ts'
import { SocketInfo } from './connection-info.ts'
import { closeListenSocket, listenOnSocket } from './listen-socket.ts'
import { PeerAddresses } from './peer-addresses.ts'
import { StreamSocket } from './stream-socket.ts'
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
  /** After each turn in which connections came: how many. */
  onAccepted?(count: number): void
}

/** Connections that one socket gets accepted in a turn, so that a flood of them starves nobody. */
const MOST_A_TURN = 512
/** How long nothing is accepted when the process or the system has no descriptor or memory left. */
const EXHAUSTED_MS = 100
const EXHAUSTED = new Set([EMFILE, ENFILE, ENOBUFS, ENOMEM])

/**
 * Takes the descriptor over. A negative backlog is the system's maximum. Throws when the system does not let it listen:
 * the main thread finds that out before (`listenOnSocket`).
 */
export function startAccepting(fd: number, backlog: number, deps: AcceptorDeps): Acceptor {
  const local = addressOf(fd)
  // Connections inherit it, which saves a call for each.
  if (local.kind === 'ip') setSocketOption(fd, IPPROTO_TCP, TCP_NODELAY, 1)
  const failure = listenOnSocket(fd, local, backlog, { options: [] })
  if (failure !== undefined) throw new Error(`${failure.message} on ${local.text}`)
  return new Acceptor(fd, local, deps)
}

export class Acceptor implements FileTarget {
  readonly #fd: number
  readonly #local: Address
  readonly #deps: AcceptorDeps
  readonly #thread: ThreadSockets
  readonly #peers = new PeerAddresses()
  readonly #afterExhaustion: Timer
  #state: 'accepting' | 'paused' | 'stopped' = 'paused'
  /** As many are likely to wait: to ask whether there is one more would cost a call for nothing. */
  #expected = 1

  constructor(fd: number, local: Address, deps: AcceptorDeps) {
    this.#fd = fd
    this.#local = local
    this.#deps = deps
    this.#thread = deps.dispatcher.local(ThreadSockets)
    this.#afterExhaustion = deps.dispatcher.timer(() => this.resume())
    this.resume()
  }

  /** Takes no more connections until `resume`; the system goes on to complete them, up to the backlog. Idempotent. */
  pause(): void {
    this.#afterExhaustion.disable()
    if (this.#state !== 'accepting') return
    this.#state = 'paused'
    this.#thread.files.remove(this.#fd)
  }

  /** Idempotent. */
  resume(): void {
    if (this.#state !== 'paused') return
    const error = this.#thread.files.add(this.#fd, 'level', this)
    if (error === 0) this.#state = 'accepting'
    else this.#afterExhaustion.enable(EXHAUSTED_MS)
  }

  /** Closes the listening socket at once; connections live on. Idempotent. */
  stop(): void {
    if (this.#state === 'stopped') return
    this.pause()
    this.#state = 'stopped'
    closeListenSocket(this.#fd)
  }

  onFileEvent(): void {
    this.#thread.enter()
    const accepted = this.#acceptAll()
    if (accepted > 0) this.#deps.onAccepted?.(accepted)
    this.#thread.leave()
  }

  #acceptAll(): number {
    let count = 0
    while (count < this.#expected && this.#state === 'accepting') {
      const fd = acceptFrom(this.#fd)
      if (fd >= 0) {
        count++
        this.#accept(fd)
      } else if (EXHAUSTED.has(-fd)) {
        this.pause()
        this.#afterExhaustion.enable(EXHAUSTED_MS)
      } else if (fd !== -EINTR) {
        // Nobody waits any more, or somebody came and went.
        this.#expected = Math.max(count, 1)
        return count
      }
    }
    this.#expected = Math.min(this.#expected * 2, MOST_A_TURN)
    return count
  }

  #accept(fd: number): void {
    const take = this.#deps.elsewhere?.()
    if (take !== undefined) return take(fd)
    this.#deps.onAccept(open(this.#thread, fd, this.#local, acceptedPeer(), this.#peers))
  }
}

export interface AdopterDeps {
  readonly dispatcher: Dispatcher
  onAccept(connection: SocketConnection): void
}

/** Takes over connections that another thread accepted. */
export class Adopter {
  readonly #deps: AdopterDeps
  readonly #thread: ThreadSockets
  readonly #peers = new PeerAddresses()

  constructor(deps: AdopterDeps) {
    this.#deps = deps
    this.#thread = deps.dispatcher.local(ThreadSockets)
  }

  adopt(fd: number): void {
    this.#thread.enter()
    this.#deps.onAccept(open(this.#thread, fd, addressOf(fd), peerBitsOf(fd), this.#peers))
    this.#thread.leave()
  }
}

function open(
  thread: ThreadSockets,
  fd: number,
  listening: Address,
  peer: PeerBits | undefined,
  peers: PeerAddresses,
): SocketConnection {
  const connection = new SocketConnection(thread, infoOf(fd, listening, peer, peers), 'open')
  connection.setSocket(new StreamSocket(thread, fd, connection, 'open'))
  return connection
}

function addressOf(fd: number): Address {
  const bound = localAddressOf(fd)
  if (bound === undefined) throw new Error(`descriptor ${fd} is not a bound socket`)
  return bound.kind === 'pipe' ? pipeAddress(bound.path, 0) : socketAddress(bound.ip, bound.port)
}

function infoOf(fd: number, listening: Address, peer: PeerBits | undefined, peers: PeerAddresses): SocketInfo {
  // Clients of a pipe rarely have a name, and to Envoy none has another one than the pipe's.
  if (listening.kind === 'pipe') return new SocketInfo(listening, listening)
  // Where the socket listens on one address, connections have that one; no need to ask the kernel for each.
  return new SocketInfo(isWildcard(listening) ? addressOf(fd) : listening, peers.of(peer))
}
