/* What a collector got: spans of any of its formats in one form, with ids by their order of appearance and without times. */
import type { SeenRequest } from './scripted-backend.ts'
import type { Side } from './side.ts'

export interface SeenSpan {
  readonly name: unknown
  readonly kind: unknown
  readonly ids: readonly string[]
  readonly tags: Readonly<Record<string, unknown>>
  readonly events: readonly unknown[]
  /** What else there is of it. */
  readonly rest: Readonly<Record<string, unknown>>
}

/** Collector clusters of these tests. */
export const COLLECTOR = 'collector'

export function zipkin(more: object = {}): object {
  return provider('zipkin', 'ZipkinConfig', {
    collector_cluster: COLLECTOR,
    collector_endpoint: '/api/v2/spans',
    collector_endpoint_version: 'HTTP_JSON',
    ...more,
  })
}

export function openTelemetry(more: object = {}): object {
  const uri = { uri: 'http://otel.test/v1/traces', cluster: COLLECTOR, timeout: '1s' }
  return provider('opentelemetry', 'OpenTelemetryConfig', {
    http_service: { http_uri: uri },
    service_name: 'svc',
    ...more,
  })
}

function provider(name: string, type: string, config: object): object {
  const typed = { '@type': `type.googleapis.com/envoy.config.trace.v3.${type}`, ...config }
  return { provider: { name: `envoy.tracers.${name}`, typed_config: typed } }
}

/** Reports follow each other, so that the order of spans is that in which they ended. */
export const REPORTED_OFTEN = {
  node: { id: 'node-1', cluster: 'service', locality: { zone: 'z1' } },
  layered_runtime: {
    layers: [
      {
        name: 'flush',
        static_layer: Object.fromEntries(
          ['zipkin', 'opentelemetry'].flatMap((name) => [
            [`tracing.${name}.min_flush_spans`, 1000],
            [`tracing.${name}.flush_interval_ms`, 300],
          ]),
        ),
      },
    ],
  },
}

/** Longer than the interval of reports. */
const QUIET_MS = 700

/** Notes all spans once no more come, how they came, and what an upstream was told of them. */
export async function noteSpans(side: Side, upstream = 'app'): Promise<void> {
  for (let before = -1; before !== side.seenBy(COLLECTOR).length;) {
    before = side.seenBy(COLLECTOR).length
    await Bun.sleep(QUIET_MS)
  }
  const ids = new SpanIds()
  const reports = side.seenBy(COLLECTOR).map((request) => ({ request, ...readReport(request, ids) }))
  side.note(
    'spans',
    reports.flatMap((report) => report.spans),
  )
  const { request, resource } = reports[0] ?? {}
  side.note('report', { line: request?.line, headers: request?.headers, resource })
  const told = side
    .seenBy(upstream)
    .map(({ line, headers }) => ({ line, headers: headers.map((each) => ids.masked(each)) }))
  side.note(`told ${upstream}`, told)
}

/** Labels for hexadecimal ids; the same id has the same label everywhere. */
export class SpanIds {
  readonly #labels = new Map<string, string>()

  label(id: string): string {
    const known = this.#labels.get(id)
    if (known !== undefined) return known
    const label = `<id ${this.#labels.size + 1}.${id.length}>`
    this.#labels.set(id, label)
    return label
  }

  /** Every id inside of a text. UUIDs are not ids. */
  masked(text: string): string {
    return text.replaceAll(/\b(?:[0-9a-f]{32}|[0-9a-f]{16})\b/g, (id) => this.label(id))
  }
}

export function readReport(
  request: SeenRequest,
  ids: SpanIds,
): { readonly resource?: unknown; readonly spans: SeenSpan[] } {
  const type = request.headers.find((line) => line.startsWith('content-type:'))
  const bytes = Buffer.from(request.body, 'latin1')
  if (type?.includes('json') === true) {
    return {
      spans: (JSON.parse(bytes.toString('utf8')) as Record<string, unknown>[]).map((span) => zipkinJson(span, ids)),
    }
  }
  const message = readMessage(bytes)
  return request.line.includes('/v1/traces')
    ? otlp(message, ids)
    : { spans: all(message, 1).map((span) => zipkinProto(span, ids)) }
}

function zipkinJson(span: Readonly<Record<string, unknown>>, ids: SpanIds): SeenSpan {
  const { name, kind, traceId, id, parentId, tags = {}, annotations = [], timestamp, duration, ...rest } = span
  return {
    name,
    kind,
    ids: [traceId, id, parentId].map((each) => (typeof each === 'string' ? ids.label(each) : '-')),
    tags: sorted(tags as Record<string, unknown>),
    events: (annotations as { value: unknown }[]).map(({ value }) => value),
    rest: { ...rest, timed: typeof timestamp === 'number' && typeof duration === 'number' },
  }
}

type Field = readonly [number: number, value: number | bigint | Buffer]

function zipkinProto(bytes: Buffer, ids: SpanIds): SeenSpan {
  const span = readMessage(bytes)
  return {
    name: text(span, 5),
    kind: one(span, 4),
    ids: idsOf(span, [1, 3, 2], ids),
    tags: sorted(
      Object.fromEntries(
        all(span, 11)
          .map(readMessage)
          .map((entry) => [text(entry, 1), text(entry, 2)]),
      ),
    ),
    events: all(span, 10).map((event) => text(readMessage(event), 2)),
    rest: {
      endpoint: all(span, 8).map((endpoint) => readMessage(endpoint).map(([field, value]) => [field, printed(value)])),
      timed: [one(span, 6), one(span, 7)].map((each) => typeof each),
      others: span.filter(([field]) => field > 11).map(([field, value]) => [field, printed(value)]),
    },
  }
}

function otlp(message: readonly Field[], ids: SpanIds): { readonly resource?: unknown; readonly spans: SeenSpan[] } {
  const resources = all(message, 1).map(readMessage)
  const scopes = resources.flatMap((resource) => all(resource, 2).map(readMessage))
  return {
    resource: {
      attributes: resources.map((resource) =>
        attributes(all(resource, 1).flatMap((each) => all(readMessage(each), 1))),
      ),
      schema: resources.map((resource) => text(resource, 3)),
      scopes: scopes.map((scope) => all(scope, 1).map((each) => readMessage(each).map(([field]) => field))),
    },
    spans: scopes.flatMap((scope) => all(scope, 2)).map((bytes) => otlpSpan(readMessage(bytes), ids)),
  }
}

function otlpSpan(span: readonly Field[], ids: SpanIds): SeenSpan {
  return {
    name: text(span, 5),
    kind: one(span, 6),
    ids: idsOf(span, [1, 2, 4], ids),
    tags: attributes(all(span, 9)),
    events: all(span, 11).map((event) => text(readMessage(event), 2)),
    rest: {
      state: text(span, 3),
      flags: one(span, 16),
      status: all(span, 15).map((status) => readMessage(status).map(([field, value]) => [field, printed(value)])),
      timed: [one(span, 7), one(span, 8)].map((each) => typeof each),
      others: span
        .filter(([field]) => ![1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 15, 16].includes(field))
        .map(([field]) => field),
    },
  }
}

function attributes(entries: readonly Buffer[]): Record<string, unknown> {
  const read = entries.map(readMessage).map((entry) => {
    const value = all(entry, 2)
      .map(readMessage)[0]
      ?.map(([field, inner]) => `${field}:${printed(inner)}`)
    return [text(entry, 1) ?? '', value?.join() ?? ''] as const
  })
  return sorted(Object.fromEntries(read))
}

function sorted(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function idsOf(span: readonly Field[], fields: readonly number[], ids: SpanIds): string[] {
  return fields.map((field) => all(span, field).map((id) => ids.label(id.toString('hex')))[0] ?? '-')
}

function all(message: readonly Field[], wanted: number): Buffer[] {
  return message.flatMap(([field, value]) => (field === wanted && value instanceof Buffer ? [value] : []))
}

function one(message: readonly Field[], wanted: number): number | bigint | Buffer | undefined {
  return message.find(([field]) => field === wanted)?.[1]
}

function text(message: readonly Field[], wanted: number): string | undefined {
  return all(message, wanted)[0]?.toString('utf8')
}

function printed(value: number | bigint | Buffer): string {
  return value instanceof Buffer
    ? /^[\x20-\x7e]*$/.test(value.toString('latin1'))
      ? value.toString()
      : value.toString('hex')
    : String(value)
}

/** The fields of a protobuf message, in order. */
function readMessage(bytes: Buffer): Field[] {
  const fields: Field[] = []
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++)
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
    }
  }
  while (at < bytes.length) {
    const key = Number(varint())
    const field = key >> 3
    switch (key & 7) {
      case 0:
        fields.push([field, Number(BigInt.asIntN(64, varint()))])
        break
      case 1:
        fields.push([field, bytes.readBigUInt64LE(at)])
        at += 8
        break
      case 5:
        fields.push([field, bytes.readUInt32LE(at)])
        at += 4
        break
      default: {
        const length = Number(varint())
        fields.push([field, bytes.subarray(at, at + length)])
        at += length
      }
    }
  }
  return fields
}
