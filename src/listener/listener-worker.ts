/** A worker as the listener manager sees it. Promises resolve once the worker has done it. */
import type { Message } from '../api/config.ts'
import type { SharedBlock } from '../stats/shared-counters.ts'

/** One descriptor for each address; bound, and listening once the worker gets it. */
export interface ListenerHandover {
  readonly message: Message
  readonly fds: readonly number[]
  /** Connections of all workers, one number. */
  readonly connections: SharedBlock
}

export interface ListenerWorker {
  addListener(tag: number, handover: ListenerHandover): Promise<void>
  /** Other filter chains on the same sockets. Connections of chains that are gone drain; `group` names them. */
  updateFilterChains(tag: number, message: Message, group: number): Promise<void>
  /** What is left of the group is closed. */
  removeFilterChains(tag: number, group: number): Promise<void>
  stopListener(tag: number): Promise<void>
  drainListener(tag: number): Promise<void>
  /** Statistics below the prefix `forget` go as well; '' for none. */
  removeListener(tag: number, forget: string): Promise<void>
  start(): Promise<void>
}

export interface WorkerFactory {
  /** Begins a worker at once; messages to it wait until its loop runs. */
  createWorker(index: number): ListenerWorker
}
