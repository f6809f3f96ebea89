/** envoy.config.accesslog.v3.AccessLog: a logger and the filter in front of it. */
import type { AccessLogger, FormatterContext } from '../../api/access-log.ts'
import type { Reader } from '../../api/config.ts'
import type { AccessLogFilter, ExtensionConfig, FactoryContext, ParseContext } from '../../api/extension.ts'
import type { AccessLogFilterConfig } from './filter/access-log-filter-config.ts'
import { readAccessLogFilter } from './filter/access-log-filter.ts'

export interface AccessLogConfig {
  readonly logger: ExtensionConfig<'envoy.access_loggers'>
  readonly filter: AccessLogFilterConfig | undefined
}

/** Reads the repeated `field`; entries with errors are left out. */
export function readAccessLogs(reader: Reader, field: string, context: ParseContext): AccessLogConfig[] {
  return reader
    .messages(field, (entry) => {
      const filter = entry.message('filter', (inner) => readAccessLogFilter(inner, context))
      const logger = context.namedExtension(entry, 'envoy.access_loggers')
      return logger === undefined ? undefined : { logger, filter }
    })
    .filter((config) => config !== undefined)
}

/** Once per thread and configuration. */
export function createAccessLoggers(configs: readonly AccessLogConfig[], context: FactoryContext): AccessLogger[] {
  return configs.map(({ logger: { extension, config }, filter }) => {
    const logger = extension.create(config, context)
    return filter === undefined ? logger : new FilteredLogger(filter(context), logger)
  })
}

class FilteredLogger implements AccessLogger {
  readonly #filter: AccessLogFilter
  readonly #logger: AccessLogger

  constructor(filter: AccessLogFilter, logger: AccessLogger) {
    this.#filter = filter
    this.#logger = logger
  }

  log(context: FormatterContext): void {
    if (this.#filter.evaluate(context)) this.#logger.log(context)
    else this.#logger.passedOver?.(context)
  }
}
