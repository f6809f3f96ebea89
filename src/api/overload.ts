import type { Dispatcher, Timer } from './event.ts'

/*
 * What a thread knows of the overload of the process. The main thread watches resources and tells only changes; whoever
 * can do something about overload asks here, where it acts. States are 0 (nothing to do) to 1 (saturated); between them
 * an action is taken with that probability.
 */

/** `envoy.load_shed_points.<name>`, those that something here asks about. */
export type LoadShedPointName =
  | 'tcp_listener_accept'
  | 'http_connection_manager_decode_headers'
  | 'hcm_ondata_creating_codec'
  | 'http1_server_abort_dispatch'
  | 'http_downstream_filter_check'
  | 'connection_pool_new_connection'
  | 'tcp_proxy_on_data'
  | 'tcp_proxy_upstream_connect'

/** Timers that envoy.overload_actions.reduce_timeouts may shorten. */
export type ScaledTimerKind =
  | 'HTTP_DOWNSTREAM_CONNECTION_IDLE'
  | 'HTTP_DOWNSTREAM_STREAM_IDLE'
  | 'HTTP_DOWNSTREAM_CONNECTION_MAX'
  | 'HTTP_DOWNSTREAM_STREAM_FLUSH'
  | 'TRANSPORT_SOCKET_CONNECT'

export interface LoadShedPoint {
  /** Whether this piece of work is refused now; counts when it is. */
  shouldShed(): boolean
}

export interface Overload {
  /** One throw of the dice for each of these. */
  stopsAcceptingRequests(): boolean
  disablesHttpKeepAlive(): boolean
  rejectsIncomingConnections(): boolean
  /** Listeners pause while it is true, see `onStopAccepting`. */
  readonly stopAcceptingConnections: boolean
  /** Told at each change of `stopAcceptingConnections`, as long as the thread lives. */
  onStopAccepting(callback: () => void): void
  /** Undefined when nothing is ever shed there. */
  loadShedPoint(name: LoadShedPointName): LoadShedPoint | undefined
  /** A timer that comes earlier under overload; the dispatcher's own where that is not configured. */
  timer(kind: ScaledTimerKind, dispatcher: Dispatcher, callback: () => void): Timer
  /** Takes one of the downstream connections that the process may have; give it back at its end. False: there is none. */
  tryTakeConnection(): boolean
  giveBackConnection(): void
}

export type ResourceUsage =
  | { readonly ok: true; readonly pressure: number }
  | { readonly ok: false; readonly error: string }

/** What an extension of `envoy.resource_monitors` makes; lives on the main thread. */
export type ResourceMonitor =
  | {
      readonly kind: 'watched'
      /** At each refresh. Must not wait: the main thread does nothing else meanwhile. */
      read(): ResourceUsage
      close(): void
    }
  /** Counted where it is used, and refused there beyond `limit`. */
  | { readonly kind: 'counted'; readonly limit: number }
