/**
 * Where clusters count. The statistics of one go with it unless others count there too: of the same alt_stat_name, or below it
 * (`a` and `a.b`).
 */
import type { Scope } from '../../api/stats.ts'
import type { AnnouncedNames } from '../../stats/announced-names.ts'
import type { AcceptsStat } from '../../stats/stats-matchers.ts'
import type { ClusterConfig } from '../cluster-config.ts'
import { ClusterNames } from './cluster-names.ts'
import { StatPrefixes } from './stat-prefixes.ts'

export interface ClusterStatNamesDeps {
  readonly scope: Scope
  /** Statistics below a prefix, once no worker has them any more. */
  forgetStats?(prefix: string): void
  /** Names to list below a prefix though nobody has counted. */
  announceStats?(prefix: string, names: AnnouncedNames): void
  /** Which statistics below a prefix are to be seen; undefined: as elsewhere. */
  matchStats?(prefix: string, accepts: AcceptsStat | undefined): void
}

export class ClusterStatNames {
  readonly #deps: ClusterStatNamesDeps
  readonly #scope: Scope
  readonly #names = new ClusterNames()
  readonly #prefixes = new StatPrefixes()

  constructor(deps: ClusterStatNamesDeps) {
    this.#deps = deps
    this.#scope = deps.scope.scope('cluster')
  }

  prefixOf({ observabilityName }: ClusterConfig): string {
    return this.#scope.scope(observabilityName).prefix
  }

  /** Before the cluster makes any. */
  match(config: ClusterConfig): void {
    this.#deps.matchStats?.(this.prefixOf(config), config.statsMatcher)
  }

  add(config: ClusterConfig): void {
    const prefix = this.prefixOf(config)
    this.#prefixes.add(prefix)
    this.#deps.announceStats?.(prefix, this.#names.of(config.track))
  }

  remove(config: ClusterConfig): void {
    this.#prefixes.remove(this.prefixOf(config))
  }

  isUsed(prefix: string): boolean {
    return this.#prefixes.isUsed(prefix)
  }

  /** After every worker has forgotten them; not when somebody counts there again. */
  forget(prefix: string): void {
    if (!this.isUsed(prefix)) this.#deps.forgetStats?.(prefix)
  }
}
