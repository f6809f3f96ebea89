/**
 * What the two processes of a hot restart say to each other: Envoy's `envoy.HotRestartMessage`, of which this is the
 * part that concerns stream listeners. What is not understood is answered with `not-recognized`.
 */
import type { ProtoField } from './proto-fields.ts'
import { protoFields } from './proto-fields.ts'
import { ProtoWriter } from './proto-writer.ts'

/** From the child. Only the first three are answered. */
export type HotRestartRequest =
  | { readonly kind: 'pass-listen-socket'; readonly address: string; readonly workerIndex: number }
  | { readonly kind: 'shutdown-admin' }
  | { readonly kind: 'stats' }
  | { readonly kind: 'drain-listeners' }
  | { readonly kind: 'terminate' }
  | { readonly kind: 'test-connection' }

/** From the parent. */
export type HotRestartReply =
  /** The descriptor as the sender numbers it, -1 for none; the real one comes beside the message. */
  | { readonly kind: 'pass-listen-socket'; readonly fd: number }
  | { readonly kind: 'shutdown-admin'; readonly originalStartS: number; readonly enableReusePortDefault: boolean }
  | ({ readonly kind: 'stats' } & ParentStats)

export interface ParentStats {
  readonly memoryAllocated: number
  readonly numConnections: number
  /** Growth since the export before. */
  readonly counterDeltas: ReadonlyMap<string, number>
  readonly gauges: ReadonlyMap<string, number>
}

export type HotRestartMessage =
  | { readonly kind: 'request'; readonly request: HotRestartRequest }
  | { readonly kind: 'reply'; readonly reply: HotRestartReply }
  | { readonly kind: 'not-recognized' }
  | { readonly kind: 'unknown' }

const REQUEST = 1
const REPLY = 2
const NOT_RECOGNIZED = 3

/** Field of the request's and, for the first three, of the reply's oneof. */
const FIELD: Readonly<Record<HotRestartRequest['kind'], number>> = {
  'pass-listen-socket': 1,
  'shutdown-admin': 2,
  stats: 3,
  'drain-listeners': 4,
  terminate: 5,
  'test-connection': 7,
}

const LARGEST_FD = 0x7fffffff

export function encodeRequest(request: HotRestartRequest): Uint8Array {
  const writer = new ProtoWriter()
  writer.message(REQUEST, (message) =>
    message.message(FIELD[request.kind], (body) => {
      if (request.kind !== 'pass-listen-socket') return
      body.text(1, request.address)
      if (request.workerIndex !== 0) body.varint(2, request.workerIndex)
    }),
  )
  return writer.finish()
}

export function encodeReply(reply: HotRestartReply): Uint8Array {
  const writer = new ProtoWriter()
  writer.message(REPLY, (message) => message.message(FIELD[reply.kind], (body) => writeReply(body, reply)))
  return writer.finish()
}

export function encodeNotRecognized(): Uint8Array {
  return new ProtoWriter().varint(NOT_RECOGNIZED, 1).finish()
}

/** Undefined for bytes that are no message. */
export function decodeMessage(bytes: Uint8Array): HotRestartMessage | undefined {
  const fields = protoFields(bytes)
  if (fields === undefined) return undefined
  const last = fields.at(-1)
  if (last === undefined) return { kind: 'unknown' }
  if (last.number === NOT_RECOGNIZED) return { kind: 'not-recognized' }
  const body = last.kind === 'bytes' ? protoFields(last.bytes)?.at(-1) : undefined
  if (body?.kind !== 'bytes') return { kind: 'unknown' }
  if (last.number === REQUEST) return decodeRequest(body.number, body.bytes)
  return last.number === REPLY ? decodeReply(body.number, body.bytes) : { kind: 'unknown' }
}

function writeReply(body: ProtoWriter, reply: HotRestartReply): void {
  switch (reply.kind) {
    case 'pass-listen-socket':
      if (reply.fd !== 0) body.varint(1, reply.fd)
      return
    case 'shutdown-admin':
      body.varint(1, reply.originalStartS)
      if (reply.enableReusePortDefault) body.varint(2, 1)
      return
    case 'stats':
      body.varint(1, reply.memoryAllocated).varint(2, reply.numConnections)
      writeMap(body, 3, reply.counterDeltas)
      writeMap(body, 4, reply.gauges)
      if (reply.gauges.has(DYNAMIC_NAME)) writeDynamicName(body)
  }
}

/**
 * Envoy keeps two kinds of names apart that print alike, and of a basic configuration makes only this one, of two parts,
 * at run time: a child that is not told counts it a second time.
 */
const DYNAMIC_NAME = 'server.hot_restart_generation'

function writeDynamicName(body: ProtoWriter): void {
  body.message(5, (entry) =>
    entry.text(1, DYNAMIC_NAME).message(2, (spans) => spans.message(1, (span) => span.varint(2, 1))),
  )
}

function writeMap(body: ProtoWriter, field: number, map: ReadonlyMap<string, number>): void {
  for (const [name, value] of map) body.message(field, (entry) => entry.text(1, name).varint(2, value))
}

function decodeRequest(field: number, bytes: Uint8Array): HotRestartMessage {
  const kind = (Object.keys(FIELD) as HotRestartRequest['kind'][]).find((name) => FIELD[name] === field)
  const fields = protoFields(bytes)
  if (kind === undefined || fields === undefined) return { kind: 'unknown' }
  if (kind !== 'pass-listen-socket') return { kind: 'request', request: { kind } }
  return { kind: 'request', request: { kind, address: textOf(fields, 1), workerIndex: numberOf(fields, 2) } }
}

function decodeReply(field: number, bytes: Uint8Array): HotRestartMessage {
  const fields = protoFields(bytes)
  if (fields === undefined) return { kind: 'unknown' }
  if (field === FIELD['pass-listen-socket']) {
    const fd = numberOf(fields, 1)
    return { kind: 'reply', reply: { kind: 'pass-listen-socket', fd: fd > LARGEST_FD ? -1 : fd } }
  }
  if (field === FIELD['shutdown-admin']) {
    const [originalStartS, reusePort] = [numberOf(fields, 1), numberOf(fields, 2)]
    return {
      kind: 'reply',
      reply: { kind: 'shutdown-admin', originalStartS, enableReusePortDefault: reusePort !== 0 },
    }
  }
  if (field !== FIELD.stats) return { kind: 'unknown' }
  const stats: ParentStats = {
    memoryAllocated: numberOf(fields, 1),
    numConnections: numberOf(fields, 2),
    counterDeltas: mapOf(fields, 3),
    gauges: mapOf(fields, 4),
  }
  return { kind: 'reply', reply: { kind: 'stats', ...stats } }
}

function numberOf(fields: readonly ProtoField[], number: number): number {
  const field = fields.findLast((candidate) => candidate.number === number)
  return field?.kind === 'varint' ? field.value : 0
}

function textOf(fields: readonly ProtoField[], number: number): string {
  const field = fields.findLast((candidate) => candidate.number === number)
  return field?.kind === 'bytes' ? new TextDecoder().decode(field.bytes) : ''
}

function mapOf(fields: readonly ProtoField[], number: number): ReadonlyMap<string, number> {
  const map = new Map<string, number>()
  for (const field of fields) {
    if (field.number !== number || field.kind !== 'bytes') continue
    const entry = protoFields(field.bytes) ?? []
    map.set(textOf(entry, 1), numberOf(entry, 2))
  }
  return map
}
