/** Makes a LogRecord of each stream or connection. */
import type { AccessLogger, FormatterContext } from '../../../api/access-log.ts'
import { ProtoWriter } from '../../../base/proto-writer.ts'
import { jsonOfValue } from '../../../formatter/json-text.ts'
import { keyValue, wireText } from './any-value.ts'
import type { OpenTelemetryConfig } from './config.ts'

/** Fields of opentelemetry.proto.logs.v1.LogRecord. */
const TIME = 1
const BODY = 5
const ATTRIBUTES = 6
const TRACE_ID = 9
const SPAN_ID = 10

const TRACE_ID_DIGITS = 32

export type RecordFormat = Pick<OpenTelemetryConfig, 'body' | 'attributes' | 'filterStateObjects' | 'customTags'>

/** Whatever takes encoded records. */
export interface RecordSink {
  add(record: Uint8Array): void
}

export class OpenTelemetryLogger implements AccessLogger {
  readonly #config: RecordFormat
  readonly #sink: RecordSink

  constructor(config: RecordFormat, sink: RecordSink) {
    this.#config = config
    this.#sink = sink
  }

  log(context: FormatterContext): void {
    const { body, attributes } = this.#config
    const record = new ProtoWriter()
    record.fixed64(TIME, BigInt(Math.round(context.streamInfo.startTimeWall * 1000)) * 1000n)
    if (body !== undefined) record.message(BODY, (value) => body(value, context))
    for (const attribute of attributes) record.message(ATTRIBUTES, (entry) => attribute(entry, context))
    this.#addFilterState(record, context)
    this.#addCustomTags(record, context)
    addSpan(record, context)
    this.#sink.add(record.finish())
  }

  #addFilterState(record: ProtoWriter, context: FormatterContext): void {
    for (const name of this.#config.filterStateObjects) {
      const value = context.streamInfo.filterState.get(name)?.serializeAsJson?.()
      if (value === undefined) continue
      record.message(ATTRIBUTES, (entry) => keyValue(name, wireText(jsonOfValue(value)))(entry, context))
    }
  }

  /** Texts all of them, whatever their type. */
  #addCustomTags(record: ProtoWriter, context: FormatterContext): void {
    for (const tag of this.#config.customTags) {
      const value = tag.text(context)
      if (value !== undefined)
        record.message(ATTRIBUTES, (entry) => entry.text(1, tag.name).message(2, wireText(value)))
    }
  }
}

function addSpan(record: ProtoWriter, { streamInfo: { span } }: FormatterContext): void {
  if (span === undefined) return
  if (span.traceId !== '') record.hex(TRACE_ID, span.traceId.padStart(TRACE_ID_DIGITS, '0'))
  if (span.spanId !== '') record.hex(SPAN_ID, span.spanId)
}
