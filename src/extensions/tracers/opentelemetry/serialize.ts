/** Spans as opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest. */
import { ProtoWriter } from '../../../base/proto-writer.ts'
import type { ResourceAttributes } from '../../../api/tracing.ts'
import type { OpenTelemetrySpan } from './open-telemetry-span.ts'
import type { TagValue } from './tag-value.ts'

export interface ReportFrame {
  readonly resource: ResourceAttributes
  /** Of what makes the spans; undefined: not told. */
  readonly scopeVersion: string | undefined
}

const KINDS = { server: 2, client: 3 } as const
const STATUS_ERROR = 2
const HAS_IS_REMOTE = 0x100
const IS_REMOTE = 0x200

export function serialize(spans: readonly OpenTelemetrySpan[], frame: ReportFrame): Uint8Array {
  const request = new ProtoWriter()
  request.message(1, (resourceSpans) => {
    resourceSpans.message(1, (resource) => {
      for (const [name, value] of Object.entries(frame.resource)) writeAttribute(resource, 1, name, value)
    })
    resourceSpans.message(2, (scopeSpans) => {
      const { scopeVersion } = frame
      if (scopeVersion !== undefined) scopeSpans.message(1, (scope) => scope.text(1, 'envoy').text(2, scopeVersion))
      for (const span of spans) scopeSpans.message(2, (message) => writeSpan(message, span))
    })
  })
  return request.finish()
}

function writeSpan(message: ProtoWriter, span: OpenTelemetrySpan): void {
  const { traceId, spanId, traceState, parent } = span.place
  message.hex(1, traceId)
  message.hex(2, spanId)
  if (traceState !== '') message.text(3, traceState)
  if (parent !== undefined) message.hex(4, parent.spanId)
  message.text(5, span.name)
  message.varint(6, KINDS[span.side])
  message.fixed64(7, nanoseconds(span.startTimeWall))
  message.fixed64(8, nanoseconds(span.endTimeWall))
  for (const [name, value] of span.attributes) writeAttribute(message, 9, name, value)
  for (const { wallMs, text } of span.events) {
    message.message(11, (event) => event.fixed64(1, nanoseconds(wallMs)).text(2, text))
  }
  const { status } = span
  if (status !== undefined) message.message(15, (each) => status === 'error' && each.varint(3, STATUS_ERROR))
  message.fixed32(16, 1 | HAS_IS_REMOTE | (parent?.isRemote === true ? IS_REMOTE : 0))
}

function writeAttribute(message: ProtoWriter, field: number, name: string, value: TagValue): void {
  message.message(field, (entry) => {
    entry.text(1, name)
    entry.message(2, (any) => {
      if (typeof value === 'string') any.text(1, value)
      else if (typeof value === 'boolean') any.bool(2, value)
      else if (typeof value === 'bigint') any.varint(3, value)
      else any.double(4, value)
    })
  })
}

/** Of microseconds, which is as precise as the clock is. */
function nanoseconds(ms: number): bigint {
  return BigInt(Math.round(ms * 1000)) * 1000n
}
