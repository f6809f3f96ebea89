/** Worker threads, begun before the configuration is read so that they load while the main thread parses. */
import type { Message } from '../../api/config.ts'
import type { FromWorker, WorkerInit } from '../../api/worker.ts'
import { createSharedStatesBuffer } from '../../base/shared-states.ts'
import { Activity } from '../../event/activity.ts'
import { wallMs } from '../../event/clock.ts'
import type { ListenerHandover, ListenerWorker, WorkerFactory } from '../../listener/listener-worker.ts'
import type { GuardDogInit } from '../watchdog/guard-dog-loop.ts'
import type { GuardDogReport } from '../watchdog/guard-dog-report.ts'
import { startGuardDogThread } from '../watchdog/guard-dog-thread.ts'
import type { EarlyThreads } from './early-threads.ts'
import { RuntimeThread } from './runtime-thread.ts'
import { WorkerHandle } from './worker-handle.ts'
import type { WorkerSettings } from './worker-settings.ts'

export interface ProdWorkerFactoryDeps {
  /** The file that a worker thread starts from. */
  readonly entry: URL
  readonly threads: EarlyThreads | undefined
  readonly concurrency: number
  /** Of the main thread and all workers, see `event/activity.ts`. */
  readonly activity: SharedArrayBuffer
  /** The file that the thread of guard dogs starts from. */
  readonly guardDogEntry: URL
  onMessage(worker: number, message: FromWorker): void
  /** A worker ended or broke without having been asked to. */
  onDeath(worker: number, reason: string): void
}

export class ProdWorkerFactory implements WorkerFactory {
  readonly handles: readonly WorkerHandle[]
  /** One word: open downstream connections of all workers. */
  readonly connections = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
  /** A second back, so that no time of a state is zero, which means none. */
  readonly shared = createSharedStatesBuffer(wallMs() - 1000)
  /** Set once, before the first worker is created. */
  settings: WorkerSettings | undefined = undefined

  readonly #deps: ProdWorkerFactoryDeps

  constructor(deps: ProdWorkerFactoryDeps) {
    this.#deps = deps
    this.handles = Array.from(
      { length: deps.concurrency },
      (_, index) =>
        new WorkerHandle({
          index,
          thread: deps.threads?.take() ?? new RuntimeThread(deps.entry),
          onMessage: (message) => this.#receive(index, message),
          onDeath: (reason) => deps.onDeath(index, reason),
        }),
    )
    deps.threads?.dismiss()
  }

  get activity(): SharedArrayBuffer {
    return this.#deps.activity
  }

  /** Of workers that have begun, by index. */
  get threadIds(): readonly number[] {
    return this.handles.map(({ index }) => new Activity(this.activity, index + 1).threadId)
  }

  /** The result ends the thread. */
  startGuardDogs(init: GuardDogInit, report: (report: GuardDogReport) => void): () => void {
    return startGuardDogThread(this.#deps.guardDogEntry, init, report)
  }

  createWorker(index: number): ListenerWorker {
    const handle = this.handles[index]
    if (handle === undefined || this.settings === undefined) throw new Error(`worker ${index} is not there yet`)
    const init: WorkerInit = {
      index,
      name: `worker_${index}`,
      activity: this.#deps.activity,
      connections: this.connections,
      shared: this.shared,
    }
    void handle.send({ kind: 'init', init, settings: JSON.stringify(this.settings) })
    return new ThreadWorker(handle)
  }

  #receive(index: number, message: FromWorker): void {
    if (message.kind !== 'connection.hand-over') return this.#deps.onMessage(index, message)
    const { tag, worker, fd } = message
    void this.handles[worker]?.send({ kind: 'connection.adopt', tag, fd })
  }

  async terminate(): Promise<void> {
    await Promise.all(this.handles.map(async (handle) => handle.terminate()))
  }
}

class ThreadWorker implements ListenerWorker {
  readonly #handle: WorkerHandle

  constructor(handle: WorkerHandle) {
    this.#handle = handle
  }

  async addListener(tag: number, { message, fds, connections }: ListenerHandover): Promise<void> {
    const resource = JSON.stringify(message)
    await this.#handle.send({ kind: 'listener.add', tag, resource, socketFds: fds, shared: connections })
  }

  async updateFilterChains(tag: number, message: Message, group: number): Promise<void> {
    await this.#handle.send({ kind: 'listener.chains', tag, resource: JSON.stringify(message), group })
  }

  async removeFilterChains(tag: number, group: number): Promise<void> {
    await this.#handle.send({ kind: 'listener.chains-remove', tag, group })
  }

  async removeListener(tag: number, forget: string): Promise<void> {
    await this.#handle.send({ kind: 'listener.remove', tag, forget })
  }

  async stopListener(tag: number): Promise<void> {
    await this.#handle.send({ kind: 'listener.stop', tag })
  }

  async drainListener(tag: number): Promise<void> {
    await this.#handle.send({ kind: 'listener.drain', tag })
  }

  async start(): Promise<void> {
    await this.#handle.send({ kind: 'start' })
  }
}
