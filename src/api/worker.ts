import type { FilterKind } from './discovery.ts'
import type { IpAddress } from './network.ts'

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
  /** `worker_<index>`; also the name of its dispatcher and part of its stats' names. */
  readonly name: string
  /** Where watchdogs look, for all threads of the process (`event/activity.ts`). */
  readonly activity: SharedArrayBuffer
  /** One word: open downstream connections of all workers. */
  readonly connections: SharedArrayBuffer
  /** What extensions keep for the whole process (`base/shared-states.ts`). */
  readonly shared: SharedArrayBuffer
}

/** One change of a cluster on every thread. Orders of one cluster come in order: set, hosts, …, remove. */
export type ClusterOrder =
  | {
      readonly kind: 'cluster.set'
      readonly name: string
      readonly resource: string
      readonly shared: unknown
    }
  /** Statistics below the prefix `forget` go as well; '' for none. */
  | { readonly kind: 'cluster.remove'; readonly name: string; readonly forget: string }
  /** Those below the prefix go: a cluster counts elsewhere from now on. */
  | { readonly kind: 'stats.forget'; readonly prefix: string }
  | {
      readonly kind: 'hosts.set'
      readonly cluster: string
      readonly snapshot: string
      /** Shared memory that the snapshot refers to. */
      readonly shared: unknown
    }
  /** hosts.set in short, for threads that know the cluster's hosts: what came or changed, and numbers of all, in order. */
  | {
      readonly kind: 'hosts.update'
      readonly cluster: string
      /** As in hosts.set, of those that came or changed. */
      readonly snapshot: string
      readonly shared: unknown
      readonly order: Int32Array
      readonly removed: Int32Array
    }
  /** Other weights of hosts that the cluster has: pairs of the host's number and its weight. */
  | {
      readonly kind: 'hosts.weights'
      readonly cluster: string
      readonly weights: readonly (readonly [number, number])[]
    }
  /** Which localities get how much (`PriorityWeights` in upstream), by priority. */
  | {
      readonly kind: 'localities.weights'
      readonly cluster: string
      readonly priorities: unknown
    }
  /** One host more, or one that has changed; `snapshot` as in hosts.set, of that host alone. */
  | {
      readonly kind: 'host.set'
      readonly cluster: string
      readonly snapshot: string
      readonly shared: unknown
    }
  | { readonly kind: 'host.remove'; readonly cluster: string; readonly host: number }
  /** Health checks or outlier detection have failed a host: its connections end when they are free. */
  | { readonly kind: 'host.failed'; readonly cluster: string; readonly host: number }
  /** A cluster that was wanted will not come, as there are too many of its kind. */
  | { readonly kind: 'cluster.refused'; readonly name: string }

export type ToWorker =
  /** The first message, and only then: what the worker's factories need to know (`server/workers/worker-settings.ts`). */
  | { readonly kind: 'init'; readonly seq: number; readonly init: WorkerInit; readonly settings: string }
  | { readonly kind: 'start'; readonly seq: number }
  | {
      readonly kind: 'listener.add'
      readonly seq: number
      readonly tag: number
      readonly resource: string
      /** One for each address. */
      readonly socketFds: readonly number[]
      /** Block of one number: connections that are open, over all workers. */
      readonly shared: unknown
    }
  /** Other filter chains on the same sockets; connections of chains that are gone drain. `group` names those chains. */
  | {
      readonly kind: 'listener.chains'
      readonly seq: number
      readonly tag: number
      readonly resource: string
      readonly group: number
    }
  /** Closes what is left on the chains of a group. */
  | { readonly kind: 'listener.chains-remove'; readonly seq: number; readonly tag: number; readonly group: number }
  /** A connection that another worker accepted for this one (exact balance). */
  | { readonly kind: 'connection.adopt'; readonly seq: number; readonly tag: number; readonly fd: number }
  /** Stops accepting; connections live on. */
  | { readonly kind: 'listener.stop'; readonly seq: number; readonly tag: number }
  /** Connections of the generation begin to drain (Connection: close, GOAWAY). */
  | { readonly kind: 'listener.drain'; readonly seq: number; readonly tag: number }
  /** Closes what is left and forgets the generation, and statistics below the prefix `forget`; '' for none. */
  | { readonly kind: 'listener.remove'; readonly seq: number; readonly tag: number; readonly forget: string }
  /** What changes of clusters, in this order. What many changes have in common crosses once. */
  | { readonly kind: 'clusters.change'; readonly seq: number; readonly orders: readonly ClusterOrder[] }
  /** A host of a DNS cache was looked up (`CachedHostInfo` in upstream); `shared`: when it was used last. */
  | {
      readonly kind: 'dns.host'
      readonly seq: number
      readonly cache: string
      readonly host: string
      readonly info: string
      readonly shared: unknown
    }
  /** It is not in the cache any more. */
  | { readonly kind: 'dns.host-remove'; readonly seq: number; readonly cache: string; readonly host: string }
  /** `key` as in RouteSubscriptionRequest. Streams that have begun keep the table that they have. */
  | { readonly kind: 'routes.set'; readonly seq: number; readonly key: string; readonly resource: string }
  | { readonly kind: 'routes.remove'; readonly seq: number; readonly key: string }
  /** `key` as in ScopeSubscriptionRequest; `scopes` as SentScope in router. */
  | { readonly kind: 'scopes.set'; readonly seq: number; readonly key: string; readonly scopes: string }
  | { readonly kind: 'scopes.remove'; readonly seq: number; readonly key: string }
  /** `key` as in FilterSubscriptionRequest; `place`: what kind of filter. Streams and connections keep the filters they have. */
  | {
      readonly kind: 'filter.set'
      readonly seq: number
      readonly key: string
      readonly place: FilterKind
      readonly resource: string
    }
  | { readonly kind: 'filter.remove'; readonly seq: number; readonly key: string }
  /** `key` as in TokenBucketSubscriptionRequest. Another `generation` is another bucket, a full one. */
  | {
      readonly kind: 'token-bucket.set'
      readonly seq: number
      readonly key: string
      readonly generation: number
      readonly resource: string
    }
  | { readonly kind: 'token-bucket.remove'; readonly seq: number; readonly key: string }
  | { readonly kind: 'runtime.set'; readonly seq: number; readonly values: string }
  /** States of overload actions and load shed points, all of them (`server/overload/thread-overload.ts`). */
  | { readonly kind: 'overload.set'; readonly seq: number; readonly states: string }
  /** Gives back memory that is not in use. */
  | { readonly kind: 'heap.shrink'; readonly seq: number }
  | { readonly kind: 'health.set'; readonly seq: number; readonly failed: boolean }
  | { readonly kind: 'log.level'; readonly seq: number; readonly levels: string }
  | { readonly kind: 'log.reopen'; readonly seq: number }
  /** Asks for the definitions of stats that the worker has created since it last told. */
  | { readonly kind: 'stats.sync'; readonly seq: number }
  /** Asks for the histograms recorded since the last merge, new definitions first. */
  | { readonly kind: 'stats.merge'; readonly seq: number }
  /**
   * Stop accepting, close what is idle, let what is in flight end for at most `graceMs`, close the rest, flush logs, then
   * acknowledge. The last message that a worker gets.
   */
  | { readonly kind: 'stop'; readonly seq: number; readonly graceMs: number }

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'ack'; readonly seq: number; readonly error?: PlainError }
  /** The descriptor of a connection that `worker` is to have (`connection.adopt`). */
  | { readonly kind: 'connection.hand-over'; readonly tag: number; readonly worker: number; readonly fd: number }
  /** What a host monitor has to tell (`HostReportKind` in upstream). */
  | { readonly kind: 'host.report'; readonly cluster: string; readonly host: number; readonly report: string }
  /** A host that the worker made for its own need, and knows by `token`. */
  | { readonly kind: 'host.found'; readonly cluster: string; readonly address: IpAddress; readonly token: string }
  /** A sub cluster of `cluster` that is wanted, for a host and a port. */
  | { readonly kind: 'cluster.wanted'; readonly cluster: string; readonly host: string; readonly port: number }
  /** A request is in a scope whose table nobody has asked for. */
  | { readonly kind: 'scope.wanted'; readonly key: string; readonly scope: string }
  /** A host that is wanted of a DNS cache; `refresh`: even if it was looked up before. */
  | {
      readonly kind: 'dns.load'
      readonly cache: string
      readonly host: string
      readonly port: number
      readonly refresh: boolean
    }
  /** New slots of this worker's slab; sent before (or with) the first merge that reads them. */
  | { readonly kind: 'stats.define'; readonly definitions: unknown }
  | { readonly kind: 'stats.merged'; readonly seq: number; readonly histograms: unknown }
  | { readonly kind: 'fault'; readonly stack: string }

export interface PlainError {
  readonly kind: string
  readonly message: string
  readonly field?: string
}
