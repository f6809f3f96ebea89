/**
 * The child's side of a hot restart: what this process asks of the epoch before it. While this process starts it waits
 * for answers, since it can do nothing without them, but never without a limit; later answers come by signal.
 */
import { waitMs } from '../../platform/unix-datagram.ts'
import { errorText } from '../../platform/error-text.ts'
import { closeDescriptor } from '../../platform/socket-calls.ts'
import type { HotRestartReply, HotRestartRequest } from './message.ts'
import { encodeRequest } from './message.ts'
import type { MessageChannel, ReceivedMessage } from './message-channel.ts'
import { ECONNREFUSED } from './message-channel.ts'

const CONNECT_TRIES = 10
const CONNECT_PAUSE_MS = 1000

export interface ParentLinkDeps {
  readonly channel: MessageChannel
  /** `epoch 3` */
  readonly parentName: string
  /** How long an answer may take. */
  readonly answerLimitMs: number
  /** Whether anybody has the parent's socket. */
  parentExists(): boolean
  /** Monotonic. */
  nowMs(): number
  /** The parent does not answer any more; told once, and never after `terminate`. */
  onLost(reason: string): void
}

/** A parent that is there and does not do its part. The start is given up; the parent goes on. */
export class ParentError extends Error {}

type Kind = HotRestartReply['kind']
type ReplyOf<K extends Kind> = Extract<HotRestartReply, { kind: K }>
type Answer = ReceivedMessage | undefined

export class ParentLink {
  readonly #deps: ParentLinkDeps
  /** Who waits for an answer, in the order of asking, which is that of the answers. */
  #waiting: ((answer: Answer) => void)[] = []
  #connected = true
  readonly #wasThere: boolean
  /** The parent has no listeners any more. */
  #drained = false

  constructor(deps: ParentLinkDeps) {
    this.#deps = deps
    this.#wasThere = deps.parentExists()
  }

  /** Whether there is a parent to speak to. */
  get connected(): boolean {
    return this.#connected
  }

  get parentExists(): boolean {
    return this.#deps.parentExists()
  }

  /** Goes on without a parent. */
  abandon(): void {
    this.#connected = false
  }

  /**
   * The first request of a start. Throws ParentError where nobody answers. Undefined when the parent was there and is
   * dead now: then somebody has to serve.
   */
  shutdownAdmin(): ReplyOf<'shutdown-admin'> | undefined {
    for (let tries = 1; ; tries++) {
      const error = this.#deps.channel.send(encodeRequest({ kind: 'shutdown-admin' }))
      if (error === 0) break
      if (error === ECONNREFUSED && this.#wasThere) {
        this.giveUp(`${this.#deps.parentName} ended`)
        return undefined
      }
      if (error !== ECONNREFUSED || tries === CONNECT_TRIES) throw new ParentError(this.#unreachable(error))
      waitMs(CONNECT_PAUSE_MS)
    }
    return this.#await('shutdown-admin')?.reply
  }

  /** The parent's socket, which is ours to close now; undefined where it has none like it. Throws ParentError. */
  listenSocket(address: string, workerIndex: number): number | undefined {
    if (this.#drained || !this.#ask({ kind: 'pass-listen-socket', address, workerIndex })) return undefined
    const answer = this.#await('pass-listen-socket')
    if (answer === undefined) return undefined
    if (answer.reply.fd >= 0) return answer.fd
    if (answer.fd !== undefined) closeDescriptor(answer.fd)
    return undefined
  }

  /** Asks for what the parent has counted since the last time. Undefined when there is no parent (any more). */
  async stats(): Promise<ReplyOf<'stats'> | undefined> {
    if (!this.#ask({ kind: 'stats' })) return undefined
    return new Promise((resolve) => {
      this.#waiting.push((answer) => {
        const found = answer && this.#replyOf('stats', answer)
        if (answer !== undefined && found === undefined) this.giveUp(this.#misunderstood('stats'))
        resolve(found?.reply)
      })
    })
  }

  /** The child serves from now on. */
  drainListeners(): void {
    this.#drained = true
    this.#ask({ kind: 'drain-listeners' })
  }

  /** The parent shall end; nothing is asked of it any more. */
  terminate(): void {
    this.takeLastAnswers()
    this.#ask({ kind: 'terminate' })
    this.#connected = false
    this.#answerAll(undefined)
  }

  /** Hands out answers that are there; called by signal. */
  readAnswers(): void {
    for (;;) {
      const received = this.#deps.channel.receive(0)
      if (received === undefined) return
      this.#answer(received)
    }
  }

  /**
   * Before this process's socket goes: an Envoy that finds nobody to answer to tries for ten seconds and aborts then. For
   * a second at most.
   */
  takeLastAnswers(): void {
    while (this.#connected && this.answerDue) {
      const received = this.#deps.channel.receive(LAST_ANSWER_MS)
      if (received === undefined) return
      this.#answer(received)
    }
  }

  /** An answer that somebody waits for is overdue. */
  giveUp(reason: string): void {
    if (!this.#connected) return
    this.#connected = false
    this.#deps.onLost(reason)
    this.#answerAll(undefined)
  }

  get answerDue(): boolean {
    return this.#waiting.length > 0
  }

  #ask(request: HotRestartRequest): boolean {
    if (!this.#connected) return false
    const error = this.#deps.channel.send(encodeRequest(request))
    if (error !== 0) this.giveUp(this.#unreachable(error))
    return error === 0
  }

  /** Blocks. Undefined when the parent was lost meanwhile. */
  #await<K extends Kind>(kind: K): { readonly reply: ReplyOf<K>; readonly fd: number | undefined } | undefined {
    const place: { answer: Answer; done: boolean } = { answer: undefined, done: false }
    this.#waiting.push((answer) => {
      place.answer = answer
      place.done = true
    })
    const limit = this.#deps.nowMs() + this.#deps.answerLimitMs
    while (!place.done) {
      const left = limit - this.#deps.nowMs()
      const received = left > 0 ? this.#deps.channel.receive(Math.min(left, LIFE_CHECK_MS)) : undefined
      if (received !== undefined) this.#answer(received)
      else if (left <= 0) throw new ParentError(this.#silent())
      else if (!this.parentExists) this.giveUp(`${this.#deps.parentName} ended`)
    }
    return this.#expect(kind, place.answer)
  }

  #expect<K extends Kind>(kind: K, answer: Answer): { reply: ReplyOf<K>; fd: number | undefined } | undefined {
    if (answer === undefined) return undefined
    const found = this.#replyOf(kind, answer)
    if (found === undefined) throw new ParentError(this.#misunderstood(kind))
    return found
  }

  #replyOf<K extends Kind>(
    kind: K,
    { message, fd }: ReceivedMessage,
  ): { reply: ReplyOf<K>; fd: number | undefined } | undefined {
    // The type says what the comparison has proved.
    if (message.kind === 'reply' && message.reply.kind === kind) return { reply: message.reply as ReplyOf<K>, fd }
    if (fd !== undefined) closeDescriptor(fd)
    return undefined
  }

  #answer(received: ReceivedMessage): void {
    const waiting = this.#waiting.shift()
    if (waiting !== undefined) return waiting(received)
    if (received.fd !== undefined) closeDescriptor(received.fd)
  }

  #answerAll(answer: Answer): void {
    for (const waiting of this.#waiting.splice(0)) waiting(answer)
  }

  #unreachable(error: number): string {
    const { parentName } = this.#deps
    const reason = error === ECONNREFUSED ? 'no such process is running' : errorText(error)
    return `hot restart: cannot reach ${parentName}: ${reason}`
  }

  #misunderstood(kind: Kind): string {
    return `${this.#deps.parentName} answered something else than was asked (${kind})`
  }

  #silent(): string {
    const { parentName, answerLimitMs } = this.#deps
    return `hot restart: ${parentName} did not answer within ${answerLimitMs / 1000} s; it is left as it is`
  }
}

const LAST_ANSWER_MS = 1000

/** How often a blocked start looks whether the parent still lives. */
const LIFE_CHECK_MS = 500
