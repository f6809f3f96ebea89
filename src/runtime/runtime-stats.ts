/** `runtime.*`. */
import type { Counter, Gauge, Scope } from '../api/stats.ts'

/** What one load found. */
export interface RuntimeLoad {
  readonly layers: number
  readonly keys: number
  /** Disk layers whose directory was there and could be read. */
  readonly disks: number
  readonly failures: number
}

export class RuntimeStats {
  readonly #loadSuccess: Counter
  readonly #loadError: Counter
  readonly #overrideDirExists: Counter
  readonly #overrideDirMissing: Counter
  readonly #keys: Gauge
  readonly #layers: Gauge
  readonly #adminOverrides: Gauge
  readonly #deprecatedUses: Counter
  readonly #deprecatedSeen: Gauge
  #overridden = false

  constructor(scope: Scope) {
    this.#loadSuccess = scope.counter('load_success')
    this.#loadError = scope.counter('load_error')
    this.#overrideDirExists = scope.counter('override_dir_exists')
    this.#overrideDirMissing = scope.counter('override_dir_not_exists')
    this.#keys = scope.gauge('num_keys', 'never')
    this.#layers = scope.gauge('num_layers', 'never')
    this.#adminOverrides = scope.gauge('admin_overrides_active', 'never')
    this.#deprecatedUses = scope.counter('deprecated_feature_use')
    this.#deprecatedSeen = scope.gauge('deprecated_feature_seen_since_process_start', 'never')
  }

  deprecatedUses(uses: number): void {
    if (uses === 0) return // a counter that 0 was added to shows as used
    this.#deprecatedUses.add(uses)
    this.#deprecatedSeen.set(this.#deprecatedSeen.value + uses)
  }

  loaded({ layers, keys, disks, failures }: RuntimeLoad): void {
    if (failures === 0) this.#loadSuccess.inc()
    else this.#loadError.inc()
    // Of old there was one directory and one with overrides for it, so that two say that there are overrides.
    if (disks > 1) this.#overrideDirExists.inc()
    else this.#overrideDirMissing.inc()
    this.#layers.set(layers)
    this.#keys.set(keys)
  }

  overridden(active: boolean): void {
    if (active === this.#overridden) return // what never was set does not show as used
    this.#overridden = active
    this.#adminOverrides.set(active ? 1 : 0)
  }
}
