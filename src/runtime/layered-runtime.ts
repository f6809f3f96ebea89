import type { Json } from '../api/config.ts'
import type { Runtime, RuntimeSnapshot } from '../api/runtime.ts'
import type { Counter, Gauge, Scope } from '../api/stats.ts'
import type { LayerEntries } from './flatten-layer.ts'
import { renderRuntime } from './render-runtime.ts'
import type { LayeredRuntimeConfig } from './runtime-config.ts'
import { type RuntimeEntry, runtimeEntry } from './runtime-entry.ts'
import type { RuntimeLayer } from './runtime-layer.ts'
import { Snapshot } from './snapshot.ts'

/**
 * The main thread's runtime. Every change makes a new snapshot; workers get the merged values as text
 * (`valuesText`, `runtimeFromValues`).
 */
export class LayeredRuntime implements Runtime {
  readonly #config: LayeredRuntimeConfig
  readonly #stats: RuntimeStats
  readonly #overrides = new Map<string, RuntimeEntry>()
  #merged: LayerEntries = new Map()
  #current: RuntimeSnapshot = new Snapshot(this.#merged)

  /** `scope`: the root; stats are `runtime.*`. */
  constructor(config: LayeredRuntimeConfig, scope: Scope) {
    this.#config = config
    this.#stats = new RuntimeStats(scope.scope('runtime'))
    this.reload()
  }

  get current(): RuntimeSnapshot {
    return this.#current
  }

  /** Makes a new snapshot. Envoy does so a second time during its start, which shows in `runtime.load_success`. */
  reload(): void {
    const layers = this.layers()
    const merged = new Map<string, RuntimeEntry>()
    for (const { entries } of layers) for (const [key, entry] of entries) merged.set(key, entry)
    this.#merged = merged
    this.#current = new Snapshot(merged)
    this.#stats.loaded(layers.length, merged.size, this.#overrides.size > 0)
  }

  /**
   * /runtime_modify: sets keys in the admin layer; an empty value takes the key out of it. False when there is no such
   * layer (`No admin layer specified`, 503).
   */
  modify(values: Iterable<readonly [string, string]>): boolean {
    if (!this.#config.layers.some(({ kind }) => kind === 'admin')) return false
    for (const [key, value] of values) {
      const entry = value === '' ? undefined : runtimeEntry(value)
      if (entry === undefined) this.#overrides.delete(key)
      else this.#overrides.set(key, entry)
    }
    this.reload()
    return true
  }

  layers(): readonly RuntimeLayer[] {
    return this.#config.layers.map((layer) =>
      layer.kind === 'admin'
        ? { name: layer.name, entries: this.#overrides }
        : { name: layer.name, entries: layer.entries },
    )
  }

  /** The merged values for workers. */
  valuesText(): string {
    const values: Record<string, Json> = {}
    for (const [key, entry] of this.#merged) values[key] = entry.json
    return JSON.stringify(values)
  }

  /** The body of /runtime. */
  render(): string {
    return renderRuntime(this.layers())
  }
}

class RuntimeStats {
  readonly #loadSuccess: Counter
  readonly #overrideDirMissing: Counter
  readonly #keys: Gauge
  readonly #layers: Gauge
  readonly #adminOverrides: Gauge

  constructor(scope: Scope) {
    this.#loadSuccess = scope.counter('load_success')
    this.#overrideDirMissing = scope.counter('override_dir_not_exists')
    this.#keys = scope.gauge('num_keys', 'never')
    this.#layers = scope.gauge('num_layers', 'never')
    this.#adminOverrides = scope.gauge('admin_overrides_active', 'never')
    for (const name of ['deprecated_feature_use', 'load_error', 'override_dir_exists']) scope.counter(name)
    scope.gauge('deprecated_feature_seen_since_process_start', 'never')
  }

  loaded(layers: number, keys: number, overridden: boolean): void {
    this.#loadSuccess.inc()
    // No disk layer, hence no override directory; Envoy counts its absence at every load all the same.
    this.#overrideDirMissing.inc()
    this.#layers.set(layers)
    this.#keys.set(keys)
    this.#adminOverrides.set(overridden ? 1 : 0)
  }
}
