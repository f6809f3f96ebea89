/** The access-log files of one thread, one sink a path however many loggers write to it. */
import type { AccessLogFile, AccessLogFiles } from '../api/access-log.ts'
import type { FileSinkDeps } from './file-sink.ts'
import { FileSink } from './file-sink.ts'

export class FileSinks implements AccessLogFiles {
  readonly #deps: FileSinkDeps
  readonly #sinks = new Map<string, FileSink>()

  constructor(deps: FileSinkDeps) {
    this.#deps = deps
  }

  /** A file once open stays so until `close`, though its listener goes: another may name it again. */
  open(path: string): AccessLogFile | { readonly error: string } {
    const known = this.#sinks.get(path)
    if (known !== undefined) return known
    const opened = FileSink.open(path, this.#deps)
    if (!opened.ok) return { error: opened.error }
    this.#sinks.set(path, opened.sink)
    return opened.sink
  }

  /** SIGUSR1 and `/reopen_logs`. */
  reopen(): void {
    for (const sink of this.#sinks.values()) sink.reopen()
  }

  flush(): void {
    for (const sink of this.#sinks.values()) sink.flush()
  }

  close(): void {
    for (const sink of this.#sinks.values()) sink.close()
    this.#sinks.clear()
  }
}
