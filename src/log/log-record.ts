import type { LogComponent, MessageLevel } from '../api/log.ts'

/** One message on its way into a line. */
export interface LogRecord {
  readonly level: MessageLevel
  readonly component: LogComponent
  /** `path/file.cc:line`, optionally a space and the function. */
  readonly source: string
  readonly message: string
  /** Wall clock, milliseconds since the epoch, with a fraction. */
  readonly wallMs: number
}
