/** The flags of a log pattern that print something of the message or of the process. */
import { escapeJson, escapeLineFeeds } from '../escape.ts'
import type { LogRecord } from '../log-record.ts'
import { splitTags } from './message-tags.ts'
import { sourceLocation } from './source-location.ts'
import type { LogTime } from './time-flags.ts'

/** What stays the same for all messages of a thread. */
export interface PatternContext {
  /** The operating system's id of the thread, not of the process. */
  readonly threadId: number
  readonly processId: number
  /** `%N`. */
  readonly version: string
  /** Wall clock at which the pattern came into force: the elapsed-time flags count from here at first. */
  readonly startMs: number
}

export type PatternPart = (record: LogRecord, time: LogTime) => string

export type MessageFlag = (record: LogRecord, context: PatternContext) => string

export const MESSAGE_FLAGS: Readonly<Record<string, MessageFlag>> = {
  v: ({ message }) => message,
  n: ({ component }) => component,
  l: ({ level }) => level,
  L: ({ level }) => level.charAt(0).toUpperCase(),
  t: (_record, { threadId }) => String(threadId),
  P: (_record, { processId }) => String(processId),
  '@': ({ source }) => {
    const { path, line } = sourceLocation(source)
    return `${path}:${line}`
  },
  s: ({ source }) => {
    const { path } = sourceLocation(source)
    return path.slice(path.lastIndexOf('/') + 1)
  },
  g: ({ source }) => sourceLocation(source).path,
  '#': ({ source }) => sourceLocation(source).line,
  '!': ({ source }) => sourceLocation(source).functionName,
}

/** Envoy's own flags take no notice of a width. */
export const UNPADDED_FLAGS: Readonly<Record<string, MessageFlag>> = {
  _: ({ message }) => escapeLineFeeds(message),
  j: ({ message }) => escapeJson(message),
  // Continues a JSON object that has members already, hence the comma in front.
  '*': ({ message }) => {
    const { tags } = splitTags(message)
    return tags === '' ? '' : `,${tags}`
  },
  '+': ({ message }) => escapeJson(splitTags(message).message),
  N: (_record, { version }) => version,
}

/** Time since the previous message, in units of so many milliseconds. */
export const ELAPSED_FLAGS: Readonly<Record<string, number>> = { u: 1e-6, i: 1e-3, o: 1, O: 1000 }

export function elapsedSince(startMs: number, unitMs: number): PatternPart {
  let previousMs = startMs
  return ({ wallMs }) => {
    const elapsedMs = Math.max(0, wallMs - previousMs)
    previousMs = wallMs
    return String(Math.floor(elapsedMs / unitMs))
  }
}
