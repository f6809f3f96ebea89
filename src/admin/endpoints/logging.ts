/** /logging: shows and changes the levels of the application log's components, on all threads. */
import type { LogComponent, LogLevel } from '../../api/log.ts'
import { isLogComponent, LOG_COMPONENTS } from '../../log/components.ts'
import { isLogLevel, LOG_LEVELS } from '../../log/levels.ts'
import type { AdminLog } from '../admin-deps.ts'
import type { AdminEndpoint } from '../admin-endpoint.ts'
import { text } from '../admin-endpoint.ts'
import type { QueryParams } from '../query-params.ts'

const USAGE = `usage: /logging?<name>=<level> (change single level)
usage: /logging?paths=name1:level1,name2:level2,... (change multiple levels)
usage: /logging?level=<level> (change all levels)
usage: /logging?group=<group_name>:<level> (change group of loggers)
levels: ${LOG_LEVELS.join(' ')} 
`

type Levels = Partial<Record<LogComponent, LogLevel>>

/** What to change, or what is wrong. */
type Change =
  | { readonly ok: true; readonly levels: Levels | LogLevel }
  | { readonly ok: false; readonly message: string }

export function loggingEndpoint(log: AdminLog): AdminEndpoint {
  return {
    path: '/logging',
    help: 'query/change logging levels',
    mutates: true,
    params: [
      {
        name: 'paths',
        help:
          'Change multiple logging levels by setting to <logger_name1>:<desired_level1>,<logger_name2>:<desired_level2>. ' +
          'If fine grain logging is enabled, use __FILE__ or a glob experision as the logger name. For example, ' +
          'source/common*:warning',
      },
      {
        name: 'group',
        help:
          'Change given logger group to desired level, set to <logger_group_name>:<desired_level>. ' +
          'logger_group_name must be a logger name.',
      },
      {
        name: 'level',
        help: "desired logging level, this will change all loggers's level",
        choices: ['', ...LOG_LEVELS],
      },
    ],
    handle({ params }) {
      const change = readChange(params)
      if (change.ok) apply(log, change.levels)
      const list = levelList(log.levels())
      return change.ok ? text(list) : text(`error: ${change.message}\n\n${USAGE}${list}`, 400)
    },
  }
}

function apply(log: AdminLog, levels: Levels | LogLevel): void {
  if (typeof levels === 'string') log.setAllLevels(levels)
  else if (Object.keys(levels).length > 0) log.setLevels(levels)
}

function levelList(levels: Readonly<Record<LogComponent, LogLevel>>): string {
  return `active loggers:\n${LOG_COMPONENTS.map((name) => `  ${name}: ${levels[name]}\n`).join('')}\n`
}

function readChange({ entries }: QueryParams): Change {
  const [only, ...others] = entries
  if (only === undefined) return changed({})
  if (others.length > 0) return refused('invalid number of parameters')
  const [name, value] = only
  // Nothing is asked for, whatever it is called.
  if (value === '') return changed({})
  switch (name) {
    case 'level':
      return allAt(value)
    case 'paths':
      return eachPath(value)
    case 'group':
      return refused('group parameter requires fine-grain logging to be enabled')
    default:
      return each([[name, value]])
  }
}

function eachPath(paths: string): Change {
  const items = paths.split(',').filter((item) => item !== '')
  const pairs = items.map((item) => split(item))
  return pairs.some(([name, level]) => name === '' || level === '')
    ? refused('empty logger name or empty logger level')
    : each(pairs)
}

function split(item: string): readonly [string, string] {
  const colon = item.lastIndexOf(':')
  return colon < 0 ? [item, ''] : [item.slice(0, colon), item.slice(colon + 1)]
}

function allAt(level: string): Change {
  if (!isLogLevel(level)) return refused('unknown logger level')
  return changed(level)
}

/** All or none of them. */
function each(pairs: readonly (readonly [string, string])[]): Change {
  const levels: Levels = {}
  for (const [name, level] of pairs) {
    if (!isLogLevel(level)) return refused('unknown logger level')
    if (!isLogComponent(name)) return refused('unknown logger name')
    levels[name] = level
  }
  return changed(levels)
}

function changed(levels: Levels | LogLevel): Change {
  return { ok: true, levels }
}

function refused(message: string): Change {
  return { ok: false, message }
}
