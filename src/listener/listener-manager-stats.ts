/** `listener_manager.` */
import type { Counter, Gauge, Scope } from '../api/stats.ts'

export interface ListenerManagerStats {
  readonly added: Counter
  readonly modified: Counter
  readonly removed: Counter
  readonly inPlaceUpdated: Counter
  readonly createSuccess: Counter
  readonly createFailure: Counter
  readonly stopped: Counter
  readonly totalActive: Gauge
  readonly totalWarming: Gauge
  readonly totalDraining: Gauge
  readonly chainsDraining: Gauge
  readonly workersStarted: Gauge
}

export function createListenerManagerStats(scope: Scope): ListenerManagerStats {
  scope.gauge('workers_pinned', 'never')
  return {
    added: scope.counter('listener_added'),
    modified: scope.counter('listener_modified'),
    removed: scope.counter('listener_removed'),
    inPlaceUpdated: scope.counter('listener_in_place_updated'),
    createSuccess: scope.counter('listener_create_success'),
    createFailure: scope.counter('listener_create_failure'),
    stopped: scope.counter('listener_stopped'),
    totalActive: scope.gauge('total_listeners_active', 'never'),
    totalWarming: scope.gauge('total_listeners_warming', 'never'),
    totalDraining: scope.gauge('total_listeners_draining', 'never'),
    chainsDraining: scope.gauge('total_filter_chains_draining', 'never'),
    workersStarted: scope.gauge('workers_started', 'never'),
  }
}
