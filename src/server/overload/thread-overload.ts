/** Overload as one worker knows it: what the main thread said last, and the counters that all workers share. */
import type { Dispatcher, Random, Timer } from '../../api/event.ts'
import type { LoadShedPoint, LoadShedPointName, Overload, ScaledTimerKind } from '../../api/overload.ts'
import type { Runtime } from '../../api/runtime.ts'
import type { Counter, Scope } from '../../api/stats.ts'
import type { ActionName } from './overload-config.ts'
import { ScaledTimers } from './scaled-timers.ts'
import type { ScaledTimersConfig } from './scaled-timers-config.ts'

/** What a worker has to know from its start on. Plain data. */
export interface OverloadSettings {
  readonly loadShedPoints: readonly LoadShedPointName[]
  readonly timers: ScaledTimersConfig
  /** Of the monitor of downstream connections. */
  readonly connections: { readonly resource: string; readonly limit: number } | undefined
}

export const NO_OVERLOAD_SETTINGS: OverloadSettings = {
  loadShedPoints: [],
  timers: {},
  connections: undefined,
}

/** States of actions and load shed points, by name; 0 where nothing is said. Plain data. */
export interface OverloadStates {
  readonly actions: Readonly<Partial<Record<ActionName, number>>>
  readonly points: Readonly<Partial<Record<LoadShedPointName, number>>>
}

export interface ThreadOverloadDeps {
  readonly random: Random
  readonly runtime: Runtime
  readonly scope: Scope
  /** One word: open downstream connections of all workers. */
  readonly connections: SharedArrayBuffer
}

/** The limit before there was a monitor for it. */
const LIMIT_KEY = 'overload.global_downstream_max_connections'

export class ThreadOverload implements Overload {
  readonly #deps: ThreadOverloadDeps
  readonly #points: ReadonlyMap<LoadShedPointName, SheddingPoint>
  readonly #timers: ScaledTimers
  readonly #connections: Int32Array
  readonly #limit: number | undefined
  readonly #refused: Counter | undefined
  readonly #onStopAccepting: (() => void)[] = []
  #stopRequests = 0
  #disableKeepAlive = 0
  #reject = 0
  #stopConnections = false

  constructor(settings: OverloadSettings, deps: ThreadOverloadDeps) {
    const { scope, random } = deps
    this.#deps = deps
    this.#points = new Map(settings.loadShedPoints.map((name) => [name, new SheddingPoint(name, scope, random)]))
    this.#timers = new ScaledTimers(settings.timers)
    this.#connections = new Int32Array(deps.connections)
    this.#limit = settings.connections?.limit
    this.#refused = settings.connections && scope.counter(`overload.${settings.connections.resource}.failed_updates`)
  }

  /** What the main thread says, whole. */
  set({ actions, points }: OverloadStates): void {
    this.#stopRequests = actions['envoy.overload_actions.stop_accepting_requests'] ?? 0
    this.#disableKeepAlive = actions['envoy.overload_actions.disable_http_keepalive'] ?? 0
    this.#reject = actions['envoy.overload_actions.reject_incoming_connections'] ?? 0
    this.#timers.setShare(1 - (actions['envoy.overload_actions.reduce_timeouts'] ?? 0))
    for (const [name, point] of this.#points) point.probability = points[name] ?? 0
    const stop = actions['envoy.overload_actions.stop_accepting_connections'] === 1
    if (stop === this.#stopConnections) return
    this.#stopConnections = stop
    for (const callback of this.#onStopAccepting) callback()
  }

  stopsAcceptingRequests(): boolean {
    return this.#stopRequests > 0 && this.#deps.random.float() < this.#stopRequests
  }

  disablesHttpKeepAlive(): boolean {
    return this.#disableKeepAlive > 0 && this.#deps.random.float() < this.#disableKeepAlive
  }

  rejectsIncomingConnections(): boolean {
    return this.#reject > 0 && this.#deps.random.float() < this.#reject
  }

  get stopAcceptingConnections(): boolean {
    return this.#stopConnections
  }

  onStopAccepting(callback: () => void): void {
    this.#onStopAccepting.push(callback)
  }

  loadShedPoint(name: LoadShedPointName): LoadShedPoint | undefined {
    return this.#points.get(name)
  }

  timer(kind: ScaledTimerKind, dispatcher: Dispatcher, callback: () => void): Timer {
    return this.#timers.timer(kind, dispatcher, callback)
  }

  tryTakeConnection(): boolean {
    const open = Atomics.add(this.#connections, 0, 1) + 1
    if (open <= (this.#limit ?? this.#deps.runtime.current.integer(LIMIT_KEY, Infinity))) return true
    this.giveBackConnection()
    this.#refused?.inc()
    return false
  }

  giveBackConnection(): void {
    Atomics.sub(this.#connections, 0, 1)
  }
}

class SheddingPoint implements LoadShedPoint {
  probability = 0
  readonly #random: Random
  readonly #shed: Counter

  constructor(name: LoadShedPointName, scope: Scope, random: Random) {
    this.#random = random
    this.#shed = scope.counter(`overload.envoy.load_shed_points.${name}.shed_load_count`)
  }

  shouldShed(): boolean {
    if (this.probability === 0 || this.#random.float() >= this.probability) return false
    this.#shed.inc()
    return true
  }
}
