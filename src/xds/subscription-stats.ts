/** What every subscription counts, under the prefix of whoever wants the resources. */
import type { Counter, Gauge, Scope, TextReadout } from '../api/stats.ts'

export interface SubscriptionStats {
  readonly updateAttempt: Counter
  readonly updateSuccess: Counter
  /** The source could not be read. */
  readonly updateFailure: Counter
  /** It could be read, and something in it cannot be used. */
  readonly updateRejected: Counter
  /** Wall-clock ms of the last success. */
  readonly updateTime: Gauge
  readonly version: Gauge
  readonly versionText: TextReadout
}

export function createSubscriptionStats(scope: Scope): SubscriptionStats {
  scope.counter('init_fetch_timeout')
  scope.histogram('update_duration', 'ms')
  return {
    updateAttempt: scope.counter('update_attempt'),
    updateSuccess: scope.counter('update_success'),
    updateFailure: scope.counter('update_failure'),
    updateRejected: scope.counter('update_rejected'),
    updateTime: scope.gauge('update_time', 'never'),
    version: scope.gauge('version', 'never'),
    versionText: scope.textReadout('version_text'),
  }
}
