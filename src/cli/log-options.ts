/** --log-level and --component-log-level. */
import type { LogLevel } from '../api/log.ts'
import type { ComponentLevel } from '../api/options.ts'
import { isLogComponent } from '../log/components.ts'
import { isLogLevel } from '../log/levels.ts'
import { OptionError } from './option-error.ts'

export function parseLogLevel(word: string): LogLevel {
  const level = word === 'warn' ? 'warning' : word
  if (!isLogLevel(level)) throw new OptionError(`error: invalid log level specified '${word}'`)
  return level
}

/** `upstream:debug,config:trace` */
export function parseComponentLevels(text: string): readonly ComponentLevel[] {
  if (text === '') return []
  return text.split(',').map((item) => {
    const [component = '', level, ...rest] = item.split(':')
    if (level === undefined || rest.length > 0)
      throw new OptionError(`error: component log level not correctly specified '${item}'`)
    const parsed = parseLogLevel(level)
    if (!isLogComponent(component)) throw new OptionError(`error: invalid component specified '${component}'`)
    return { component, level: parsed }
  })
}
