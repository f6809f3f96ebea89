/** Gathers records and sends them to a collector as one ExportLogsServiceRequest (OTLP over HTTP). */
import type { AsyncClient, AsyncResponse } from '../../../api/async-client.ts'
import type { ByteQueue } from '../../../api/bytes.ts'
import type { RequestHeaders } from '../../../api/headers.ts'
import type { Dispatcher, Timer } from '../../../api/event.ts'
import type { Counter } from '../../../api/stats.ts'
import { ByteQueue as Bytes } from '../../../base/byte-queue.ts'
import { ProtoWriter } from '../../../base/proto-writer.ts'

export interface LogExporterDeps {
  readonly client: AsyncClient
  readonly dispatcher: Pick<Dispatcher, 'timer'>
  /** Whether there is a cluster to send to. */
  hasCluster(): boolean
  newHeaders(): RequestHeaders
  readonly written: Counter
  readonly dropped: Counter
}

export interface LogExporterSettings {
  /** An encoded Resource. */
  readonly resource: Uint8Array
  readonly flushIntervalMs: number
  readonly bufferBytes: number
  /** 0: none. */
  readonly timeoutMs: number
}

const OK = 200

export class LogExporter {
  readonly #settings: LogExporterSettings
  readonly #deps: LogExporterDeps
  /** Runs while something waits. */
  readonly #timer: Timer
  #records: Uint8Array[] = []
  #bytes = 0

  constructor(settings: LogExporterSettings, deps: LogExporterDeps) {
    this.#settings = settings
    this.#deps = deps
    this.#timer = deps.dispatcher.timer(() => this.#flush())
  }

  /** An encoded LogRecord. */
  add(record: Uint8Array): void {
    if (this.#records.push(record) === 1) this.#timer.enable(this.#settings.flushIntervalMs)
    this.#bytes += record.length
    if (this.#bytes >= this.#settings.bufferBytes) this.#flush()
  }

  #flush(): void {
    this.#timer.disable()
    const records = this.#records
    this.#records = []
    this.#bytes = 0
    const { client, written, dropped } = this.#deps
    if (!this.#deps.hasCluster()) return
    const callbacks = {
      onResponse: ({ headers }: AsyncResponse) => (headers.status === OK ? written : dropped).add(records.length),
      onFailure: () => dropped.add(records.length),
    }
    client.send(this.#deps.newHeaders(), this.#message(records), callbacks, { timeoutMs: this.#settings.timeoutMs })
  }

  #message(records: readonly Uint8Array[]): ByteQueue {
    const request = new ProtoWriter().message(1, (resourceLogs) => {
      resourceLogs.bytes(1, this.#settings.resource)
      resourceLogs.message(2, (scopeLogs) => {
        for (const record of records) scopeLogs.bytes(2, record)
      })
    })
    const body: ByteQueue = new Bytes()
    body.push(request.finish())
    return body
  }
}
