import type { Json } from '../api/config.ts'
import type { Dispatcher } from '../api/event.ts'
import type { Runtime, RuntimeSnapshot } from '../api/runtime.ts'
import type { Logger } from '../api/log.ts'
import type { Scope } from '../api/stats.ts'
import type { DirectoryWatcher } from '../event/directory-watcher.ts'
import { watchMoves } from '../event/file-watcher.ts'
import { readDiskLayer } from './disk-layer.ts'
import type { LayerEntries } from './flatten-layer.ts'
import { renderRuntime } from './render-runtime.ts'
import type { LayeredRuntimeConfig } from './runtime-config.ts'
import { type RuntimeEntry, runtimeText } from './runtime-entry.ts'
import type { RuntimeLayer } from './runtime-layer.ts'
import { RuntimeStats } from './runtime-stats.ts'
import { Snapshot } from './snapshot.ts'

export interface LayeredRuntimeDeps {
  readonly dispatcher: Dispatcher
  /** The root; stats are `runtime.*`. */
  readonly scope: Scope
  /** For disk layers that ask for it. */
  readonly serviceCluster: string
  readonly logger: Logger
  /** After every change but the first load; workers then need the new values. */
  onChange(): void
}

/**
 * The main thread's runtime. Every change makes a new snapshot; workers get the merged values as text
 * (`valuesText`, `runtimeFromValues`).
 */
export class LayeredRuntime implements Runtime {
  readonly #config: LayeredRuntimeConfig
  readonly #deps: LayeredRuntimeDeps
  readonly #stats: RuntimeStats
  #overrides: LayerEntries = new Map()
  /** By name of the layer. */
  readonly #discovered = new Map<string, LayerEntries>()
  readonly #watchers: readonly DirectoryWatcher[]
  #layers: readonly RuntimeLayer[] = []
  #merged: LayerEntries = new Map()
  #current: RuntimeSnapshot = new Snapshot(this.#merged)

  constructor(config: LayeredRuntimeConfig, deps: LayeredRuntimeDeps) {
    this.#config = config
    this.#deps = deps
    this.#stats = new RuntimeStats(deps.scope.scope('runtime'))
    // One watch a layer, also where several layers share a root: each of them loads, as the counters of Envoy show.
    this.#watchers = config.layers.flatMap((layer) =>
      layer.kind === 'disk' ? [watchMoves(layer.symlinkRoot, deps.dispatcher, () => this.#change())] : [],
    )
    this.reload()
  }

  get current(): RuntimeSnapshot {
    return this.#current
  }

  /** Makes a new snapshot. Envoy does so a second time during its start, which shows in `runtime.load_success`. */
  reload(): void {
    const layers: RuntimeLayer[] = []
    let [disks, failures] = [0, 0]
    for (const layer of this.#config.layers) {
      if (layer.kind === 'static') layers.push(layer)
      else if (layer.kind === 'admin') layers.push({ name: layer.name, entries: this.#overrides })
      else if (layer.kind === 'rtds')
        layers.push({ name: layer.name, entries: this.#discovered.get(layer.name) ?? NONE })
      else {
        const disk = readDiskLayer(layer, this.#deps.serviceCluster)
        if (disk.kind === 'loaded') {
          layers.push({ name: layer.name, entries: disk.entries })
          disks++
        } else if (disk.kind === 'failed') {
          failures++
          const message = `error loading runtime values for layer ${layer.name} from disk: ${disk.message}`
          this.#deps.logger.debug('source/common/runtime/runtime_impl.cc:755', message)
        }
      }
    }
    const merged = new Map<string, RuntimeEntry>()
    for (const { entries } of layers) for (const [key, entry] of entries) merged.set(key, entry)
    this.#layers = layers
    this.#merged = merged
    this.#current = new Snapshot(merged)
    this.#stats.loaded({ layers: layers.length, keys: merged.size, disks, failures })
    this.#stats.overridden(this.#overrides.size > 0)
  }

  /** Deprecated fields that a configuration uses. */
  countDeprecatedUses(uses: number): void {
    this.#stats.deprecatedUses(uses)
  }

  /**
   * /runtime_modify: sets keys in the admin layer; an empty value takes the key out of it. All of them, or none: the
   * result says why.
   */
  modify(values: Iterable<readonly [string, string]>): string | undefined {
    if (!this.#config.layers.some(({ kind }) => kind === 'admin')) return 'No admin layer specified'
    const overrides = new Map(this.#overrides)
    for (const [key, value] of values) {
      const entry = value === '' ? undefined : runtimeText(value)
      if (value !== '' && entry === undefined) return `the value of ${key} is no YAML: ${value}`
      if (entry === undefined) overrides.delete(key)
      else overrides.set(key, entry)
    }
    this.#overrides = overrides
    this.#change()
    return undefined
  }

  /** A control plane sent new values for the layer of this name. */
  setDiscovered(layer: string, entries: LayerEntries): void {
    this.#discovered.set(layer, entries)
    this.#change()
  }

  layers(): readonly RuntimeLayer[] {
    return this.#layers
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
  /** Directories are not watched any more. */
  close(): void {
    for (const watcher of this.#watchers) watcher.close()
  }

  #change(): void {
    this.reload()
    this.#deps.onChange()
  }
}

const NONE: LayerEntries = new Map()
