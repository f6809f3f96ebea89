/** The application log of one thread: its loggers, the pattern in force, and where lines go. */
import type { LogComponent, Logger, LogLevel, LogRegistry, LogSink, MessageLevel } from '../api/log.ts'
import { toWireText } from '../base/wire-text.ts'
import type { LogOutput } from './component-logger.ts'
import { ComponentLogger } from './component-logger.ts'
import { LOG_COMPONENTS } from './components.ts'
import { DEFAULT_LOG_PATTERN } from './default-pattern.ts'
import { escapeLine } from './escape.ts'
import type { CompiledPattern } from './pattern/compile-pattern.ts'
import { compilePattern } from './pattern/compile-pattern.ts'

export interface ThreadLogDeps {
  readonly sink: LogSink
  readonly threadId: number
  readonly processId: number
  readonly version: string
  /** Milliseconds since the epoch, with a fraction. */
  wallNow(): number
}

/** Plain data: what a thread tells another so that both log alike. */
export interface LogSettings {
  readonly pattern: string
  /** --log-format-escaped. */
  readonly escaped: boolean
  readonly levels: Readonly<Partial<Record<LogComponent, LogLevel>>>
}

/** As before the command line has been read. */
export const EARLY_LOG_SETTINGS: LogSettings = { pattern: DEFAULT_LOG_PATTERN, escaped: false, levels: {} }

const LEVEL_BY_DEFAULT: LogLevel = 'info'

export class ThreadLog implements LogRegistry, LogOutput {
  readonly components: readonly LogComponent[] = LOG_COMPONENTS
  readonly #loggers: ReadonlyMap<LogComponent, ComponentLogger>
  readonly #deps: ThreadLogDeps
  readonly #escaped: boolean
  #sink: LogSink
  #pattern: string
  #format: CompiledPattern

  constructor(settings: LogSettings, deps: ThreadLogDeps) {
    this.#deps = deps
    this.#sink = deps.sink
    this.#escaped = settings.escaped
    this.#pattern = settings.pattern
    this.#format = this.#compile(settings.pattern)
    this.#loggers = new Map(
      LOG_COMPONENTS.map((name) => [name, new ComponentLogger(name, settings.levels[name] ?? LEVEL_BY_DEFAULT, this)]),
    )
  }

  logger(component: LogComponent): Logger {
    return this.#component(component)
  }

  setLevel(component: LogComponent, level: LogLevel): void {
    this.#component(component).level = level
  }

  setAllLevels(level: LogLevel): void {
    for (const logger of this.#loggers.values()) logger.level = level
  }

  setLevels(levels: Readonly<Partial<Record<LogComponent, LogLevel>>>): void {
    for (const logger of this.#loggers.values()) logger.level = levels[logger.component] ?? logger.level
  }

  levels(): Readonly<Record<LogComponent, LogLevel>> {
    // One entry for each member of the union, because the map was made from its table.
    return Object.fromEntries(LOG_COMPONENTS.map((name) => [name, this.#component(name).level])) as Record<
      LogComponent,
      LogLevel
    >
  }

  setPattern(pattern: string): void {
    this.#pattern = pattern
    this.#format = this.#compile(pattern)
  }

  /** Lines go to `sink` from now on; the caller owns both the old and the new one. */
  setSink(sink: LogSink): void {
    this.#sink = sink
  }

  settings(): LogSettings {
    return { pattern: this.#pattern, escaped: this.#escaped, levels: this.levels() }
  }

  emit(level: MessageLevel, component: LogComponent, source: string, message: string): void {
    const text = toWireText(this.#format({ level, component, source, message, wallMs: this.#deps.wallNow() }))
    this.#sink.write(`${this.#escaped ? escapeLine(text) : text}\n`)
    if (level === 'critical') this.#sink.flush()
  }

  #component(name: LogComponent): ComponentLogger {
    const logger = this.#loggers.get(name)
    if (logger === undefined) throw new Error(`no log component ${name}`)
    return logger
  }

  #compile(pattern: string): CompiledPattern {
    const { threadId, processId, version } = this.#deps
    return compilePattern(pattern, { threadId, processId, version, startMs: this.#deps.wallNow() })
  }
}
