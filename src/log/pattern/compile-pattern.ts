/*
 * Compiles a log pattern (spdlog's syntax plus the flags that Envoy adds: `%_ %j %* %+ %N`) into a list of parts.
 * A flag that nobody knows stands for itself, percent sign included; a lone `%` at the end is dropped.
 */
import type { LogRecord } from '../log-record.ts'
import type { PatternContext, PatternPart } from './message-flags.ts'
import { ELAPSED_FLAGS, MESSAGE_FLAGS, UNPADDED_FLAGS, elapsedSince } from './message-flags.ts'
import type { Padding } from './padding.ts'
import { NO_PADDING, pad, readPadding } from './padding.ts'
import type { LogTime } from './time-flags.ts'
import { TIME_FLAGS, logTime } from './time-flags.ts'

/** The text of a record, without the final newline. */
export type CompiledPattern = (record: LogRecord) => string

export function compilePattern(pattern: string, context: PatternContext): CompiledPattern {
  const parts = readParts(pattern, context)
  return (record) => {
    const time = logTime(record.wallMs)
    let line = ''
    for (const part of parts) line += part(record, time)
    return line
  }
}

function readParts(pattern: string, context: PatternContext): readonly PatternPart[] {
  const parts: PatternPart[] = []
  let at = 0
  while (at < pattern.length) {
    const percent = pattern.indexOf('%', at)
    if (percent < 0) {
      parts.push(literal(pattern.slice(at)))
      break
    }
    if (percent > at) parts.push(literal(pattern.slice(at, percent)))
    const { padding, end } = readPadding(pattern, percent + 1)
    const flag = pattern[end]
    if (flag === undefined) break
    parts.push(flagPart(flag, padding, context))
    at = end + 1
  }
  return parts
}

function flagPart(flag: string, padding: Padding, context: PatternContext): PatternPart {
  if (flag === '%') return literal('%')
  // Colours are for terminals; Envoy never turns them on.
  if (flag === '^' || flag === '$') return literal('')
  const unpadded = UNPADDED_FLAGS[flag]
  if (unpadded !== undefined) return (record) => unpadded(record, context)
  const part = paddedPart(flag, context)
  if (part !== undefined) return padding === NO_PADDING ? part : (record, time) => pad(part(record, time), padding)
  if (padding.truncate) return functionThenLiteral(flag, padding, context)
  return literal(`%${flag}`)
}

function paddedPart(flag: string, context: PatternContext): PatternPart | undefined {
  const ofTime = TIME_FLAGS[flag]
  if (ofTime !== undefined) return (_record: LogRecord, time: LogTime) => ofTime(time)
  const unit = ELAPSED_FLAGS[flag]
  if (unit !== undefined) return elapsedSince(context.startMs, unit)
  const ofMessage = MESSAGE_FLAGS[flag]
  return ofMessage === undefined ? undefined : (record) => ofMessage(record, context)
}

/** In `%10!]` the `!` was not meant to cut but is the flag of the function, and `]` is text. */
function functionThenLiteral(text: string, padding: Padding, context: PatternContext): PatternPart {
  return (record) => pad(MESSAGE_FLAGS['!']?.(record, context) ?? '', { ...padding, truncate: false }) + text
}

function literal(text: string): PatternPart {
  return () => text
}
