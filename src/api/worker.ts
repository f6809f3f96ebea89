/*
 * Messages between the main thread and a worker: plain data, FIFO per worker, no barrier between workers.
 *
 * Resources cross as JSON text of the canonical message (see api/config.ts), files and sockets as descriptor
 * numbers (threads share the table), errors as text. `tag` identifies a listener generation: a changed listener
 * is a new tag. Every message with `seq` is acknowledged once it has taken effect on the worker; main treats a
 * listener as listening when all workers have acknowledged it.
 *
 * Order that must hold: cluster before the route that names it; hosts before the cluster is warm; listener.add of
 * the new generation before listener.stop of the old one.
 */

export interface WorkerInit {
  readonly index: number
  readonly name: string
  /** Shared statistics, circuit breakers and global gauges. */
  readonly shared: unknown
  /** Options and bootstrap facts that factories need, as JSON text. */
  readonly server: string
}

export type ToWorker =
  | { readonly kind: 'start'; readonly seq: number }
  | { readonly kind: 'listener.add'; readonly seq: number; readonly tag: number; readonly resource: string; readonly socketFds: readonly number[] }
  /** Stops accepting; connections live on. */
  | { readonly kind: 'listener.stop'; readonly seq: number; readonly tag: number }
  /** Connections of the generation begin to drain (Connection: close, GOAWAY). */
  | { readonly kind: 'listener.drain'; readonly seq: number; readonly tag: number }
  /** Closes what is left and forgets the generation. */
  | { readonly kind: 'listener.remove'; readonly seq: number; readonly tag: number }
  | { readonly kind: 'cluster.set'; readonly seq: number; readonly name: string; readonly resource: string; readonly shared: unknown }
  | { readonly kind: 'cluster.remove'; readonly seq: number; readonly name: string }
  | { readonly kind: 'hosts.set'; readonly seq: number; readonly cluster: string; readonly snapshot: string }
  | { readonly kind: 'routes.set'; readonly seq: number; readonly name: string; readonly resource: string }
  | { readonly kind: 'runtime.set'; readonly seq: number; readonly values: string }
  | { readonly kind: 'health.set'; readonly seq: number; readonly failed: boolean }
  | { readonly kind: 'log.level'; readonly seq: number; readonly levels: string }
  | { readonly kind: 'log.reopen'; readonly seq: number }
  /** Asks for the histograms recorded since the last merge and for new stat definitions. */
  | { readonly kind: 'stats.merge'; readonly seq: number }
  /** Stop accepting, let requests in flight end within `graceMs`, close everything, flush logs, then acknowledge. */
  | { readonly kind: 'stop'; readonly seq: number; readonly graceMs: number }

export type FromWorker =
  | { readonly kind: 'ready'; readonly index: number }
  | { readonly kind: 'ack'; readonly seq: number; readonly error?: PlainError }
  /** New slots of this worker's slab; sent before (or with) the first merge that reads them. */
  | { readonly kind: 'stats.define'; readonly definitions: unknown }
  | { readonly kind: 'stats.merged'; readonly seq: number; readonly histograms: unknown }
  /** No request is in flight any more (after `stop`). */
  | { readonly kind: 'drained'; readonly index: number }
  | { readonly kind: 'fault'; readonly stack: string }

export interface PlainError {
  readonly kind: string
  readonly message: string
  readonly field?: string
}
