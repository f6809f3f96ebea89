/** envoy.access_loggers.stdout and .stderr: a line a record on a stream of the process. */
import type { Formatter } from '../../../api/access-log.ts'
import type { Reader } from '../../../api/config.ts'
import type { Extension, ParseContext } from '../../../api/extension.ts'
import { FormattedLogger } from '../../../formatter/access-log/formatted-logger.ts'
import { defaultAccessLogFormatter } from '../../../formatter/default-format.ts'
import { readSubstitutionFormat } from '../../../formatter/substitution-format.ts'

export const extensions: readonly Extension<Formatter, 'envoy.access_loggers'>[] = [
  streamLogger('stdout', 'StdoutAccessLog'),
  streamLogger('stderr', 'StderrAccessLog'),
]

function streamLogger(stream: 'stdout' | 'stderr', message: string): Extension<Formatter, 'envoy.access_loggers'> {
  return {
    category: 'envoy.access_loggers',
    name: `envoy.access_loggers.${stream}`,
    typeNames: [`envoy.extensions.access_loggers.stream.v3.${message}`],
    status: 'stable',
    securityPosture: 'robust_to_untrusted_downstream',
    parse: readFormat,
    create: (formatter, context) => {
      const file = context.accessLogFiles.open(`/dev/${stream}`)
      // A process may run without the stream (closed descriptor); there is nobody to read then.
      return new FormattedLogger(formatter, 'error' in file ? { write: () => {} } : file)
    },
  }
}

function readFormat(reader: Reader, context: ParseContext): Formatter {
  return (
    reader.message('log_format', (format) => readSubstitutionFormat(format, context).formatter) ??
    defaultAccessLogFormatter()
  )
}
