/** What is left of warnings under `--skip-deprecated-logs`: uses of deprecated fields are counted all the same. */
import type { ConfigError } from '../../api/config.ts'

export function shownWarnings(warnings: readonly ConfigError[], skipDeprecated: boolean): readonly ConfigError[] {
  return skipDeprecated ? warnings.filter(({ id }) => id !== DEPRECATED) : warnings
}

const DEPRECATED = 'NU111'
