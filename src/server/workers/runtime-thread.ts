/**
 * Threads by the runtime's own `Worker`. node:worker_threads offers the same in a nicer shape, but its module takes ten
 * milliseconds to load, in every thread, while a client waits for the first reply.
 */

/** The end that started the thread. */
export class RuntimeThread {
  readonly #worker: Worker
  readonly #ended: Promise<void>

  constructor(entry: URL) {
    this.#worker = new Worker(entry)
    this.#ended = new Promise((resolve) => this.#worker.addEventListener('close', () => resolve()))
  }

  /** Whoever wants the first message calls this before the event loop turns. */
  onMessage(receive: (message: unknown) => void): void {
    this.#worker.addEventListener('message', (event: MessageEvent) => receive(event.data))
  }

  /** The thread broke (`reason` is what was thrown) or ended. May be called for both. */
  onEnd(report: (reason: string) => void): void {
    this.#worker.addEventListener('error', (event: ErrorEvent) => report(event.message))
    this.#worker.addEventListener('close', ({ code }: CloseEvent) => report(`exited with code ${code}`))
  }

  postMessage(message: unknown): void {
    this.#worker.postMessage(message)
  }

  async terminate(): Promise<void> {
    this.#worker.terminate()
    await this.#ended
  }
}

/** The thread's own end. */
export interface OwnPort {
  postMessage(message: unknown): void
  onMessage(receive: (message: unknown) => void): void
}

export function ownPort(): OwnPort {
  const scope = globalThis as unknown as Worker
  return {
    postMessage: (message) => scope.postMessage(message),
    onMessage: (receive) => scope.addEventListener('message', (event: MessageEvent) => receive(event.data)),
  }
}
