/* Changes of levels while the process runs, which the log tells of. */
import type { LogComponent, LogLevel, LogRegistry } from '../api/log.ts'

/** In the order of the components: once `admin` itself is above info, the rest changes silently. */
export function changeLevels(log: LogRegistry, levels: Readonly<Partial<Record<LogComponent, LogLevel>>>): void {
  const teller = log.logger('admin')
  for (const component of log.components) {
    const level = levels[component]
    if (level === undefined) continue
    teller.info('source/server/admin/logs_handler.cc:228', `change log level: name='${component}' level='${level}'`)
    log.setLevel(component, level)
  }
}

export function changeAllLevels(log: LogRegistry, level: LogLevel): void {
  log.logger('misc').info('source/common/common/logger.cc:176', `change all log levels: level='${level}'`)
  log.setAllLevels(level)
}
