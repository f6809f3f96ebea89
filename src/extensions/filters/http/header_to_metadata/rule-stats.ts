/** What is counted for a configuration with a `stat_prefix`. */
import type { Counter, Scope } from '../../../../api/stats.ts'

export interface DirectionStats {
  readonly rulesProcessed: Counter
  readonly metadataAdded: Counter
  readonly headerNotFound: Counter
}

export interface RuleStats {
  readonly request: DirectionStats
  readonly response: DirectionStats
  readonly base64DecodeFailed: Counter
  readonly headerValueTooLong: Counter
  /** Nothing was left of a value. */
  readonly regexSubstitutionFailed: Counter
}

/** By prefix, made at first use; '' counts nowhere. */
export class RuleStatsTable {
  readonly #root: Scope
  readonly #made = new Map<string, RuleStats>()

  constructor(root: Scope) {
    this.#root = root
  }

  get(statPrefix: string): RuleStats | undefined {
    if (statPrefix === '') return undefined
    const known = this.#made.get(statPrefix)
    if (known !== undefined) return known
    const stats = create(this.#root.scope(`http_filter_name.${statPrefix}.`))
    this.#made.set(statPrefix, stats)
    return stats
  }
}

function create(scope: Scope): RuleStats {
  const direction = (name: string): DirectionStats => ({
    rulesProcessed: scope.counter(`${name}_rules_processed`),
    metadataAdded: scope.counter(`${name}_metadata_added`),
    headerNotFound: scope.counter(`${name}_header_not_found`),
  })
  return {
    request: direction('request'),
    response: direction('response'),
    base64DecodeFailed: scope.counter('base64_decode_failed'),
    headerValueTooLong: scope.counter('header_value_too_long'),
    regexSubstitutionFailed: scope.counter('regex_substitution_failed'),
  }
}
