/** What a subscription to scopes counts besides what every subscription does. */
import type { Counter, Gauge, Scope } from '../api/stats.ts'

export interface GaugedScope {
  /** Its table by name was asked for. */
  readonly active: boolean
  /** Its table by name is got when a request wants it. */
  readonly onDemand: boolean
}

export class ScopeGauges {
  readonly #configReload: Counter
  readonly #configReloadTime: Gauge
  readonly #all: Gauge
  readonly #active: Gauge
  readonly #onDemand: Gauge
  #shownActive = 0
  #shownOnDemand = 0

  constructor(scope: Scope) {
    // In Envoy, too, nobody counts here.
    scope.counter('update_empty')
    this.#configReload = scope.counter('config_reload')
    this.#configReloadTime = scope.gauge('config_reload_time_ms', 'never')
    this.#all = scope.gauge('all_scopes')
    this.#active = scope.gauge('active_scopes')
    this.#onDemand = scope.gauge('on_demand_scopes')
  }

  /** `wallNow`: wall-clock ms. */
  onUpdate(scopes: readonly GaugedScope[], wallNow: number): void {
    this.#configReload.inc()
    this.#configReloadTime.set(Math.floor(wallNow))
    this.#all.set(scopes.length)
    this.show(scopes)
  }

  /** A gauge that never was anything but zero stays unused. */
  show(scopes: readonly GaugedScope[]): void {
    const active = scopes.filter((scope) => scope.active).length
    const onDemand = scopes.filter((scope) => scope.onDemand).length
    if (active !== this.#shownActive) this.#active.set(active)
    if (onDemand !== this.#shownOnDemand) this.#onDemand.set(onDemand)
    this.#shownActive = active
    this.#shownOnDemand = onDemand
  }
}
