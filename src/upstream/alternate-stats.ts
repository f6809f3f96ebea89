/**
 * Counters under names that internal clients chose (x-envoy-upstream-alt-stat-name): `cluster.<name>.<alternate>.` with all
 * variants of the cluster's own.
 */
import type { Scope } from '../api/stats.ts'
import type { AlternateTrafficStats } from '../api/upstream.ts'

/** Names come from requests: beyond this many they are not counted any more. */
const AT_MOST = 1000

export class AlternateStats {
  readonly #cluster: Scope
  readonly #make: (scope: Scope) => AlternateTrafficStats
  /** By the name as scopes have it. */
  readonly #byPrefix = new Map<string, AlternateTrafficStats>()

  constructor(cluster: Scope, make: (scope: Scope) => AlternateTrafficStats) {
    this.#cluster = cluster
    this.#make = make
  }

  get(name: string): AlternateTrafficStats | undefined {
    const scope = this.#cluster.scope(`${name}.`)
    const known = this.#byPrefix.get(scope.prefix)
    if (known !== undefined || this.#byPrefix.size >= AT_MOST) return known
    const made = this.#make(scope)
    this.#byPrefix.set(scope.prefix, made)
    return made
  }
}
