/**
 * Counters under a name that an internal client chose (x-envoy-upstream-alt-stat-name):
 * `cluster.<name>.<alternate>.upstream_rq_200` and, by where the request came from, `.internal.` or `.external.`.
 */
import type { Scope } from '../api/stats.ts'
import { CodeCounters } from './code-counters.ts'

export class AlternateStats {
  readonly #all: CodeCounters
  readonly #internal: CodeCounters
  readonly #external: CodeCounters

  constructor(scope: Scope) {
    this.#all = new CodeCounters(scope)
    this.#internal = new CodeCounters(scope.scope('internal.'))
    this.#external = new CodeCounters(scope.scope('external.'))
  }

  response(status: number, internal: boolean, hidden: boolean): void {
    if (hidden) this.#all.hiddenResponse()
    else this.#all.response(status)
    if (internal) this.#internal.response(status)
    else this.#external.response(status)
  }

  responseTime(ms: number, internal: boolean): void {
    this.#all.time(ms)
    if (internal) this.#internal.time(ms)
    else this.#external.time(ms)
  }
}

/** Names come from requests: beyond this many they are not counted any more. */
const AT_MOST = 1000

/** One per thread: `dispatcher.local(AlternateStatsTable)`. */
export class AlternateStatsTable {
  readonly #byPrefix = new Map<string, AlternateStats>()

  get(cluster: Scope, name: string): AlternateStats | undefined {
    const scope = cluster.scope(`${name}.`)
    const known = this.#byPrefix.get(scope.prefix)
    if (known !== undefined || this.#byPrefix.size >= AT_MOST) return known
    const made = new AlternateStats(scope)
    this.#byPrefix.set(scope.prefix, made)
    return made
  }
}
