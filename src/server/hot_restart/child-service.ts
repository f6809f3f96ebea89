/**
 * The parent's side of a hot restart: answers the epoch after this one, one request after the other, and looks after it:
 * a child that dies before it has taken over has not happened.
 */
import type { Dispatcher, Timer } from '../../api/event.ts'
import type { Logger } from '../../api/log.ts'
import { errorText } from '../../platform/error-text.ts'
import { datagramPeerExists } from '../../platform/unix-datagram.ts'
import type { HotRestartReply, HotRestartRequest, ParentStats } from './message.ts'
import { encodeNotRecognized, encodeReply } from './message.ts'
import type { MessageChannel } from './message-channel.ts'

const CHILD_CHECK_MS = 250

/** What a child may ask for. */
export interface ParentActions {
  /** The admin address is free when this returns. Seconds since 1970 at which the first epoch started. */
  shutdownAdmin(): number
  /** Of the listener with this address (`tcp://127.0.0.1:80`) and worker. It stays this process's, too. */
  listenSocket(address: string, workerIndex: number): number | undefined
  exportStats(): Promise<ParentStats>
  drainListeners(): void
  terminate(): void
  /** The child is gone without `terminate`. `tookOver`: it had asked to drain. */
  childLost(tookOver: boolean): void
}

export interface ChildServiceDeps {
  readonly channel: MessageChannel
  readonly childSocket: string
  readonly dispatcher: Dispatcher
  readonly logger: Logger
}

export class ChildService {
  readonly #deps: ChildServiceDeps
  readonly #actions: ParentActions
  readonly #childCheck: Timer
  #busy = false
  #tookOver = false

  constructor(deps: ChildServiceDeps, actions: ParentActions) {
    this.#deps = deps
    this.#actions = actions
    this.#childCheck = deps.dispatcher.timer(() => this.#checkChild())
  }

  /** Called by signal. Requests are served in order, each when the one before is answered. */
  async serve(): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    for (;;) {
      const received = this.#deps.channel.receive(0)
      if (received === undefined) break
      const { message } = received
      if (message.kind === 'request') await this.#perform(message.request)
      else if (message.kind === 'unknown') this.#send(encodeNotRecognized())
    }
    this.#busy = false
  }

  stop(): void {
    this.#childCheck.disable()
  }

  async #perform(request: HotRestartRequest): Promise<void> {
    switch (request.kind) {
      case 'shutdown-admin': {
        const originalStartS = this.#actions.shutdownAdmin()
        this.#childCheck.enable(CHILD_CHECK_MS)
        return this.#reply({ kind: 'shutdown-admin', originalStartS, enableReusePortDefault: true })
      }
      case 'pass-listen-socket': {
        const fd = this.#actions.listenSocket(request.address, request.workerIndex)
        return this.#reply({ kind: 'pass-listen-socket', fd: fd ?? -1 }, fd)
      }
      case 'stats':
        return this.#reply({ kind: 'stats', ...(await this.#actions.exportStats()) })
      case 'drain-listeners':
        this.#tookOver = true
        return this.#actions.drainListeners()
      case 'terminate':
        this.stop()
        return this.#actions.terminate()
      case 'test-connection':
        return
    }
  }

  #reply(reply: HotRestartReply, fd?: number): void {
    this.#send(encodeReply(reply), fd)
  }

  /** A child that cannot be reached any more is no reason to stop serving. */
  #send(message: Uint8Array, fd?: number): void {
    const error = this.#deps.channel.send(message, fd)
    if (error === 0) return
    const complaint = `hot restart: no answer to the child: ${errorText(error)}`
    this.#deps.logger.warning('source/server/hot_restarting_base.cc:0', complaint)
  }

  #checkChild(): void {
    if (datagramPeerExists(this.#deps.childSocket)) return this.#childCheck.enable(CHILD_CHECK_MS)
    const tookOver = this.#tookOver
    this.#tookOver = false
    this.#actions.childLost(tookOver)
  }
}
