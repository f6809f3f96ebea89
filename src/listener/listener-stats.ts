/** Counters under `listener.<address>.`; all of them exist from the moment the listener does. */
import type { Counter, Gauge, Histogram, Scope } from '../api/stats.ts'

export interface ListenerStats {
  /** How many connections one turn of the loop brought. */
  readonly acceptedPerEvent: Histogram
  readonly cxTotal: Counter
  readonly cxActive: Gauge
  /** Connections whose filter chain is not chosen yet. */
  readonly preCxActive: Gauge
  /** Listener filters took too long. */
  readonly preCxTimeout: Counter
  /** The client went away while listener filters waited; by a reset or the like. */
  readonly listenerFilterRemoteClose: Counter
  readonly listenerFilterError: Counter
  readonly cxDestroy: Counter
  /** Closed at once, over the limit of the listener. */
  readonly cxOverflow: Counter
  /** Closed at once, over the limit of the process. */
  readonly globalCxOverflow: Counter
  /** Closed at once, since the process is overloaded. */
  readonly cxOverloadReject: Counter
  readonly cxLengthMs: Histogram
  readonly noFilterChainMatch: Counter
  /** A listener filter whose configuration has to come from elsewhere and has not. */
  readonly extensionConfigMissing: Counter
  /** The same of network filters. */
  readonly networkExtensionConfigMissing: Counter
}

/** Kept for the names alone: what would count there does not exist yet, and Envoy shows them at zero. */
const OTHER_COUNTERS = ['downstream_cx_transport_socket_connect_timeout'] as const

export function createListenerStats(scope: Scope): ListenerStats {
  for (const name of OTHER_COUNTERS) scope.counter(name)
  return {
    acceptedPerEvent: scope.histogram('connections_accepted_per_socket_event', 'none'),
    cxTotal: scope.counter('downstream_cx_total'),
    cxActive: scope.gauge('downstream_cx_active'),
    preCxActive: scope.gauge('downstream_pre_cx_active'),
    preCxTimeout: scope.counter('downstream_pre_cx_timeout'),
    listenerFilterRemoteClose: scope.counter('downstream_listener_filter_remote_close'),
    listenerFilterError: scope.counter('downstream_listener_filter_error'),
    cxDestroy: scope.counter('downstream_cx_destroy'),
    cxOverflow: scope.counter('downstream_cx_overflow'),
    globalCxOverflow: scope.counter('downstream_global_cx_overflow'),
    cxOverloadReject: scope.counter('downstream_cx_overload_reject'),
    cxLengthMs: scope.histogram('downstream_cx_length_ms', 'ms'),
    noFilterChainMatch: scope.counter('no_filter_chain_match'),
    extensionConfigMissing: scope.counter('extension_config_missing'),
    networkExtensionConfigMissing: scope.counter('network_extension_config_missing'),
  }
}

/** `listener.<address>.worker_<i>.`: how connections spread. */
export interface PerWorkerListenerStats {
  readonly cxTotal: Counter
  readonly cxActive: Gauge
}

export function createPerWorkerStats(scope: Scope, worker: string): PerWorkerListenerStats {
  const own = scope.scope(`${worker}.`)
  return { cxTotal: own.counter('downstream_cx_total'), cxActive: own.gauge('downstream_cx_active') }
}
