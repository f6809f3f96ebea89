/**
 * One worker thread as the main thread sees it: messages go in order, each is acknowledged once it has taken
 * effect, and the death of the thread is reported exactly once.
 */
import type { FromWorker, ToWorker } from '../../api/worker.ts'
import type { RuntimeThread } from './runtime-thread.ts'

/** A message without its sequence number, which the handle gives. */
export type Order = ToWorker extends infer M ? (M extends { seq: number } ? Omit<M, 'seq'> : never) : never

export interface WorkerHandleDeps {
  readonly index: number
  readonly thread: RuntimeThread
  /** Definitions of stats and histograms of a merge; acknowledgements go to whoever waits for them. */
  onMessage(message: FromWorker): void
  /** The thread ended or broke without having been asked to. */
  onDeath(reason: string): void
}

export class WorkerHandle {
  readonly index: number
  /** Resolves when the thread's event loop runs. */
  readonly ready: Promise<void>
  readonly #thread: RuntimeThread
  readonly #deps: WorkerHandleDeps
  readonly #waiting = new Map<number, (message: FromWorker) => void>()
  #sequence = 0
  #ended = false
  #markReady: () => void = () => undefined

  constructor(deps: WorkerHandleDeps) {
    this.#deps = deps
    this.index = deps.index
    this.ready = new Promise((resolve) => (this.#markReady = resolve))
    this.#thread = deps.thread
    // Only our own program sends to this end.
    this.#thread.onMessage((message) => this.#receive(message as FromWorker))
    this.#thread.onEnd((reason) => this.#die(reason))
  }

  /** Sends; the promise resolves with the acknowledgement (or never, when the thread dies: see onDeath). */
  send(order: Order): Promise<FromWorker> {
    const seq = ++this.#sequence
    return new Promise((resolve) => {
      this.#waiting.set(seq, resolve)
      this.#thread.postMessage({ ...order, seq })
    })
  }

  /** Ends the thread; onDeath is not called any more. */
  async terminate(): Promise<void> {
    this.#ended = true
    await this.#thread.terminate()
  }

  #receive(message: FromWorker): void {
    if (message.kind === 'ready') this.#markReady()
    if (message.kind === 'fault') return this.#die(message.stack)
    if (message.kind === 'ack' || message.kind === 'stats.merged') {
      this.#waiting.get(message.seq)?.(message)
      this.#waiting.delete(message.seq)
    }
    this.#deps.onMessage(message)
  }

  #die(reason: string): void {
    if (this.#ended) return
    this.#ended = true
    this.#deps.onDeath(reason)
  }
}
