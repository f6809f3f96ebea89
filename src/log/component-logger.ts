import type { LogComponent, Logger, LogLevel, MessageLevel } from '../api/log.ts'
import { LEVEL_RANK } from './levels.ts'

/** Takes a message that passed the level. */
export interface LogOutput {
  emit(level: MessageLevel, component: LogComponent, source: string, message: string): void
}

/** One component's logger: a threshold in front of the thread's output. */
export class ComponentLogger implements Logger {
  readonly component: LogComponent
  readonly #output: LogOutput
  #level: LogLevel
  #rank: number

  constructor(component: LogComponent, level: LogLevel, output: LogOutput) {
    this.component = component
    this.#output = output
    this.#level = level
    this.#rank = LEVEL_RANK[level]
  }

  get level(): LogLevel {
    return this.#level
  }

  set level(level: LogLevel) {
    this.#level = level
    this.#rank = LEVEL_RANK[level]
  }

  enabled(level: MessageLevel): boolean {
    return LEVEL_RANK[level] >= this.#rank
  }

  log(level: MessageLevel, source: string, message: string): void {
    if (LEVEL_RANK[level] >= this.#rank) this.#output.emit(level, this.component, source, message)
  }

  trace(source: string, message: string): void {
    if (this.#rank === LEVEL_RANK.trace) this.#output.emit('trace', this.component, source, message)
  }

  debug(source: string, message: string): void {
    if (this.#rank <= LEVEL_RANK.debug) this.#output.emit('debug', this.component, source, message)
  }

  info(source: string, message: string): void {
    if (this.#rank <= LEVEL_RANK.info) this.#output.emit('info', this.component, source, message)
  }

  warning(source: string, message: string): void {
    if (this.#rank <= LEVEL_RANK.warning) this.#output.emit('warning', this.component, source, message)
  }

  error(source: string, message: string): void {
    if (this.#rank <= LEVEL_RANK.error) this.#output.emit('error', this.component, source, message)
  }

  critical(source: string, message: string): void {
    if (this.#rank <= LEVEL_RANK.critical) this.#output.emit('critical', this.component, source, message)
  }
}
