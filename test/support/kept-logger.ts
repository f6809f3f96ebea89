import type { Logger, LogComponent } from '../../src/api/log.ts'

/** A logger for tests that keeps what it is told, `level message` each. */
export interface KeptLogger extends Logger {
  readonly lines: readonly string[]
}

export function keptLogger(component: LogComponent = 'main'): KeptLogger {
  const lines: string[] = []
  const at = (level: string) => (_source: string, message: string) => void lines.push(`${level} ${message}`)
  return {
    component,
    level: 'trace',
    lines,
    enabled: () => true,
    log: (level, _source, message) => void lines.push(`${level} ${message}`),
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warning: at('warning'),
    error: at('error'),
    critical: at('critical'),
  }
}
