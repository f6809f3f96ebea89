/** The logger that formats a record and appends it to a file; what file and stream loggers have in common. */
import type { AccessLogFile, AccessLogger, Formatter, FormatterContext } from '../../api/access-log.ts'

export class FormattedLogger implements AccessLogger {
  readonly #formatter: Formatter
  readonly #file: AccessLogFile

  constructor(formatter: Formatter, file: AccessLogFile) {
    this.#formatter = formatter
    this.#file = file
  }

  log(context: FormatterContext): void {
    this.#file.write(this.#formatter.format(context))
  }
}
