/** Spans as zipkin.proto3.ListOfSpans. */
import { parseIp } from '../../../base/ip-bits.ts'
import { ProtoWriter } from '../../../base/proto-writer.ts'
import type { Endpoint } from './endpoint.ts'
import { microseconds } from './microseconds.ts'
import type { ZipkinSpan } from './zipkin-span.ts'

const KINDS = { client: 1, server: 2 } as const

export function serializeProto(spans: readonly ZipkinSpan[], endpoint: Endpoint, sharesSpans: boolean): Uint8Array {
  const list = new ProtoWriter()
  for (const span of spans) list.message(1, (message) => writeSpan(message, span, endpoint, sharesSpans))
  return list.finish()
}

function writeSpan(message: ProtoWriter, span: ZipkinSpan, endpoint: Endpoint, sharesSpans: boolean): void {
  const { traceId, spanId, parentId } = span.context
  message.hex(1, traceId)
  if (parentId !== '') message.bytes(2, reversed(parentId))
  message.bytes(3, reversed(spanId))
  message.varint(4, KINDS[span.side])
  message.text(5, span.name)
  message.fixed64(6, BigInt(microseconds(span.startTimeWall)))
  message.varint(7, Math.max(1, microseconds(span.endTimeWall - span.startTimeWall)))
  message.message(8, (local) => writeEndpoint(local, endpoint))
  for (const { wallMs, text } of span.annotations) {
    message.message(10, (event) => event.fixed64(1, BigInt(microseconds(wallMs))).text(2, text))
  }
  for (const [name, value] of span.tags) message.message(11, (entry) => entry.text(1, name).text(2, value))
  if (sharesSpans && span.side === 'server') message.bool(13, true)
}

/** As Envoy: ids of spans, other than those of traces, have their least significant byte first. */
function reversed(id: string): Uint8Array {
  return Buffer.from(id, 'hex').reverse()
}

function writeEndpoint(message: ProtoWriter, { serviceName, ip, family }: Endpoint): void {
  message.text(1, serviceName)
  const words = parseIp(ip)?.words ?? []
  const bytes = Buffer.alloc(words.length * 4)
  words.forEach((word, i) => bytes.writeUInt32BE(word, i * 4))
  message.bytes(family === 4 ? 2 : 3, bytes)
}
