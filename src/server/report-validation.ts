/** What `--mode validate` and `nuncio validate` print. */
import type { LoadedConfiguration } from './load-configuration.ts'
import type { Options } from '../api/options.ts'
import { strictErrors } from '../config/lint/lint-bootstrap.ts'
import { criticalText } from '../config/report/critical-text.ts'
import type { Findings } from '../config/report/findings.ts'
import { renderReport } from '../config/report/render-report.ts'
import type { Thread } from './thread.ts'

export interface ValidationOutput {
  stdout(text: string): void
  stderr(text: string): void
  /** Standard error is a terminal. */
  readonly colour: boolean
}

/** The exit code: 0 when the configuration can be used. */
export function reportValidation(
  options: Options,
  loaded: LoadedConfiguration,
  thread: Thread,
  output: ValidationOutput,
): number {
  const { warnings, sourceMap } = loaded
  const errors = loaded.ok ? [] : loaded.errors
  const findings: Findings = options.strict ? strictly({ errors, warnings }) : { errors, warnings }
  const failed = findings.errors.length > 0
  const report = renderReport(options.findingFormat, findings, { sourceMap, colour: output.colour })
  if (options.findingFormat === 'human') output.stderr(report)
  else output.stdout(report)
  if (failed) {
    const main = thread.log.logger('main')
    const text = `error initializing configuration '${options.configPath}': ${criticalText(findings.errors)}`
    main.critical('source/server/config_validation/server.cc:76', text)
    return 1
  }
  // Machines that asked for a report get nothing beside it.
  if (options.findingFormat === 'human') output.stdout(`configuration '${options.configPath}' OK\n`)
  return 0
}

/** `nuncio validate` and --strict: what Envoy lets pass and what is a mistake all the same. */
function strictly({ errors, warnings }: Findings): Findings {
  const graver = warnings
    .filter(({ id }) => strictErrors.has(id))
    .map((warning) => ({ ...warning, severity: 'error' as const }))
  return { errors: [...errors, ...graver], warnings: warnings.filter(({ id }) => !strictErrors.has(id)) }
}
