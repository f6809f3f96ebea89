/** envoy.access_loggers.file: a line a record, appended to a file. */
import type { AccessLogFile } from '../../../api/access-log.ts'
import type { Extension } from '../../../api/extension.ts'
import { FormattedLogger } from '../../../formatter/access-log/formatted-logger.ts'
import type { FileAccessLogConfig } from './config.ts'
import { parseFileAccessLog } from './config.ts'

export const extension: Extension<FileAccessLogConfig, 'envoy.access_loggers'> = {
  category: 'envoy.access_loggers',
  name: 'envoy.access_loggers.file',
  typeNames: ['envoy.extensions.access_loggers.file.v3.FileAccessLog'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  parse: parseFileAccessLog,
  create: ({ path, formatter }, context) => {
    const file = context.accessLogFiles.open(path)
    return new FormattedLogger(formatter, 'error' in file ? LOST : file)
  },
}

/** The file could be opened when the configuration was proved, and cannot any more (moved, descriptors used up). */
const LOST: AccessLogFile = { write: () => {} }
