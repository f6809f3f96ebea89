/** Levels: their order, their letters (`%L`) and the words that stand for them on the command line. */
import type { LogLevel } from '../api/log.ts'

/** From the most talkative on, as `/logging` lists them. */
export const LOG_LEVELS: readonly LogLevel[] = ['trace', 'debug', 'info', 'warning', 'error', 'critical', 'off']

/** A message is written when its rank is at least that of the logger. */
export const LEVEL_RANK: Readonly<Record<LogLevel, number>> = {
  trace: 0,
  debug: 1,
  info: 2,
  warning: 3,
  error: 4,
  critical: 5,
  off: 6,
}

export function isLogLevel(word: string): word is LogLevel {
  return Object.hasOwn(LEVEL_RANK, word)
}
