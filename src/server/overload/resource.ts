/** One monitored resource with its stats: `overload.<name>.*`. */
import type { Logger } from '../../api/log.ts'
import type { ResourceMonitor } from '../../api/overload.ts'
import type { Counter, Gauge, Scope } from '../../api/stats.ts'

export interface ResourceDeps {
  /** `overload.` */
  readonly scope: Scope
  readonly logger: Logger
  /** One word: open downstream connections of all workers. */
  readonly connections: Int32Array
}

export class Resource {
  readonly name: string
  readonly #monitor: ResourceMonitor
  readonly #deps: ResourceDeps
  readonly #pressureGauge: Gauge
  readonly #failed: Counter
  #pressure: number | undefined = undefined

  constructor(name: string, monitor: ResourceMonitor, deps: ResourceDeps) {
    const { scope } = deps
    this.name = name
    this.#monitor = monitor
    this.#deps = deps
    this.#pressureGauge = scope.gauge(`${name}.pressure`, 'never')
    this.#failed = scope.counter(`${name}.failed_updates`)
    // Monitors answer at once, so that none is ever skipped.
    if (monitor.kind === 'watched') scope.counter(`${name}.skipped_updates`)
  }

  /** Of the last reading that succeeded; undefined before it. */
  get pressure(): number | undefined {
    return this.#pressure
  }

  get limit(): number | undefined {
    return this.#monitor.kind === 'counted' ? this.#monitor.limit : undefined
  }

  get counted(): { readonly resource: string; readonly limit: number } | undefined {
    const { name, limit } = this
    return limit === undefined ? undefined : { resource: name, limit }
  }

  refresh(): void {
    if (this.#monitor.kind === 'counted') {
      return this.#take(Atomics.load(this.#deps.connections, 0) / this.#monitor.limit)
    }
    const usage = this.#monitor.read()
    if (usage.ok) return this.#take(usage.pressure)
    this.#failed.inc()
    const message = `Failed to update resource ${this.name}: ${usage.error}`
    this.#deps.logger.info('source/server/overload_manager_impl.cc:961', message)
  }

  #take(pressure: number): void {
    this.#pressure = pressure
    this.#pressureGauge.set(Math.trunc(pressure * 100))
  }

  close(): void {
    if (this.#monitor.kind === 'watched') this.#monitor.close()
  }
}
