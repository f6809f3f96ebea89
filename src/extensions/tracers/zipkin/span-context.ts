/**
 * What a request says of the trace that it is part of: B3 in one header or in several
 * (github.com/openzipkin/b3-propagation), or W3C trace context where that is allowed.
 */
import type { RequestHeaders } from '../../../api/headers.ts'
import { readTraceParent } from '../common/trace-parent.ts'

export interface SpanContext {
  /** Hexadecimal, 16 or 32 digits. */
  readonly traceId: string
  readonly spanId: string
  /** '' without one. */
  readonly parentId: string
}

export interface IncomingTrace {
  /** undefined: a new trace begins here. */
  readonly context: SpanContext | undefined
  /** undefined: nobody has decided. */
  readonly sampled: boolean | undefined
  /** B3 came in one header and goes on like that. */
  readonly isSingle: boolean
}

/** undefined: what it says makes no sense. */
export function readIncomingTrace(headers: RequestHeaders, speaksW3c: boolean): IncomingTrace | undefined {
  const single = headers.get('b3')
  if (single !== undefined) return readSingle(single)
  const several = readSeveral(headers)
  if (several === undefined || several.context !== undefined || !speaksW3c) return several
  const parent = readTraceParent(headers.get('traceparent') ?? '')
  if (parent === undefined) return several
  const { traceId, spanId, sampled } = parent
  return { context: { traceId, spanId, parentId: '' }, sampled: several.sampled ?? sampled, isSingle: false }
}

/** `trace-span-sampled-parent` of which the last two may be missing, or `sampled` alone. */
const SINGLE = /^([0-9a-f]{16}|[0-9a-f]{32})-([0-9a-f]{16})(?:-([01d]))?(?:-([0-9a-f]{16}))?$/i

function readSingle(text: string): IncomingTrace | undefined {
  if (/^[01d]$/.test(text)) return { context: undefined, sampled: text !== '0', isSingle: true }
  const parts = SINGLE.exec(text)
  if (parts === null) return undefined
  const [, traceId = '', spanId = '', sampled, parentId = ''] = parts
  return {
    context: { traceId: traceId.toLowerCase(), spanId: spanId.toLowerCase(), parentId: parentId.toLowerCase() },
    sampled: sampled === undefined ? undefined : sampled !== '0',
    isSingle: true,
  }
}

function readSeveral(headers: RequestHeaders): IncomingTrace | undefined {
  const sampledText = headers.get('x-b3-sampled')
  const sampled = sampledText === undefined ? undefined : sampledText === '1' || sampledText === 'true'
  const trace = headers.get('x-b3-traceid')
  const span = headers.get('x-b3-spanid')
  if (trace === undefined || span === undefined) return { context: undefined, sampled, isSingle: false }
  const traceId = trace.length === 32 ? longId(trace) : shortId(trace)
  const spanId = shortId(span)
  const parentId = parentOf(headers.get('x-b3-parentspanid'))
  if (traceId === undefined || spanId === undefined || parentId === undefined) return undefined
  return { context: { traceId, spanId, parentId }, sampled, isSingle: false }
}

function parentOf(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return ''
  const id = shortId(text)
  return id === ZERO ? '' : id
}

const ZERO = '0'.repeat(16)

/** A number of up to 64 bits, however many zeros stand before it, with all its digits. */
function shortId(text: string): string | undefined {
  return /^0*[0-9a-f]{1,16}$/i.test(text) ? text.slice(-16).toLowerCase().padStart(16, '0') : undefined
}

/** Without its upper half where that is zero. */
function longId(text: string): string | undefined {
  if (!/^[0-9a-f]{32}$/i.test(text)) return undefined
  const id = text.toLowerCase()
  return id.startsWith(ZERO) ? id.slice(16) : id
}
