/**
 * Envoy's overload manager, on the main thread: reads the pressure of resources every refresh interval, makes states of
 * actions and load shed points of it, and tells the workers when one has changed.
 */
import type { Dispatcher, Timer } from '../../api/event.ts'
import type { FactoryContext } from '../../api/extension.ts'
import type { Logger } from '../../api/log.ts'
import type { Gauge, Histogram, Scope } from '../../api/stats.ts'
import type { ActionConfig, LoadShedPointConfig, OverloadConfig } from './overload-config.ts'
import { fullPointName } from './overload-config.ts'
import { HeapShrinker } from './heap-shrinker.ts'
import { Resource } from './resource.ts'
import type { OverloadSettings, OverloadStates } from './thread-overload.ts'
import type { Trigger } from './trigger.ts'
import { triggeredState } from './trigger.ts'

export interface OverloadManagerDeps {
  readonly dispatcher: Dispatcher
  readonly scope: Scope
  readonly logger: Logger
  /** For the monitors. */
  readonly context: FactoryContext
  /** One word: open downstream connections of all workers. */
  readonly connections: SharedArrayBuffer
  /** Tells all workers. */
  publish(states: OverloadStates): void
  /** Gives memory back, on all threads. */
  shrinkHeap(): void
}

export class OverloadManager {
  /** What workers need from their start on. */
  readonly settings: OverloadSettings
  readonly #config: OverloadConfig
  readonly #deps: OverloadManagerDeps
  readonly #resources: readonly Resource[]
  readonly #actions: readonly Triggered<ActionConfig>[]
  readonly #points: readonly Triggered<LoadShedPointConfig>[]
  readonly #shrinker: HeapShrinker | undefined
  readonly #refreshDelay: Histogram
  readonly #timer: Timer
  #lastRefresh: number | undefined = undefined

  constructor(config: OverloadConfig, deps: OverloadManagerDeps) {
    const { dispatcher, context } = deps
    const scope = deps.scope.scope('overload.')
    this.#config = config
    this.#deps = deps
    this.#resources = config.monitors.map(({ name, extension }) => {
      const monitor = extension.extension.create(extension.config, context)
      return new Resource(name, monitor, { scope, logger: deps.logger, connections: new Int32Array(deps.connections) })
    })
    this.#actions = config.actions.map(
      (action) =>
        new Triggered(
          action,
          scope.gauge(`${action.name}.scale_percent`, 'never'),
          scope.gauge(`${action.name}.active`, 'never'),
        ),
    )
    this.#points = config.loadShedPoints.map((point) => {
      const name = fullPointName(point.name)
      scope.counter(`${name}.shed_load_count`)
      return new Triggered(point, scope.gauge(`${name}.scale_percent`, 'never'), undefined)
    })
    const shrink = config.actions.find(({ name }) => name === 'envoy.overload_actions.shrink_heap')
    this.#shrinker =
      shrink &&
      new HeapShrinker({ dispatcher, scope, intervalMs: shrink.shrinkIntervalMs, shrink: () => deps.shrinkHeap() })
    this.#refreshDelay = scope.histogram('refresh_interval_delay', 'ms')
    this.#timer = dispatcher.timer(() => this.#refresh())
    this.settings = {
      loadShedPoints: config.loadShedPoints.map(({ name }) => name),
      timers: config.actions.find(({ timers }) => timers !== undefined)?.timers ?? {},
      connections: this.#resources.find(({ limit }) => limit !== undefined)?.counted,
    }
  }

  start(): void {
    this.#timer.enable(this.#config.refreshIntervalMs)
  }

  close(): void {
    this.#timer.disable()
    this.#shrinker?.close()
    for (const resource of this.#resources) resource.close()
  }

  #refresh(): void {
    const { refreshIntervalMs } = this.#config
    const { now } = this.#deps.dispatcher
    // As Envoy: not how late it is, but the whole time since the one before.
    if (this.#lastRefresh !== undefined) this.#refreshDelay.record(now - this.#lastRefresh)
    this.#lastRefresh = now
    for (const resource of this.#resources) resource.refresh()
    let changed = false
    for (const action of this.#actions) changed = action.refresh(this.#pressureOf) || changed
    for (const point of this.#points) changed = point.refresh(this.#pressureOf) || changed
    if (changed) this.#deps.publish(this.#states())
    const shrink = this.#actions.find(({ config }) => config.name === 'envoy.overload_actions.shrink_heap')
    this.#shrinker?.setActive(shrink?.state === 1)
    this.#timer.enable(refreshIntervalMs)
  }

  readonly #pressureOf = (name: string): number | undefined =>
    this.#resources.find((resource) => resource.name === name)?.pressure

  #states(): OverloadStates {
    return {
      actions: Object.fromEntries(this.#actions.map(({ config, state }) => [config.name, state])),
      points: Object.fromEntries(this.#points.map(({ config, state }) => [config.name, state])),
    }
  }
}

/** An action or a load shed point with its state: the highest that any of its triggers asks for. */
class Triggered<C extends { readonly triggers: readonly Trigger[] }> {
  readonly config: C
  state = 0
  readonly #percent: Gauge
  readonly #active: Gauge | undefined

  constructor(config: C, percent: Gauge, active: Gauge | undefined) {
    this.config = config
    this.#percent = percent
    this.#active = active
    // As Envoy: in use from the start.
    percent.set(0)
    active?.set(0)
  }

  /** Whether the state is another one now. */
  refresh(pressureOf: (resource: string) => number | undefined): boolean {
    let state = 0
    for (const trigger of this.config.triggers) {
      const pressure = pressureOf(trigger.resource)
      if (pressure !== undefined) state = Math.max(state, triggeredState(trigger, pressure))
    }
    if (state === this.state) return false
    this.state = state
    this.#percent.set(Math.trunc(Math.fround(100 * state)))
    this.#active?.set(state === 1 ? 1 : 0)
    return true
  }
}
