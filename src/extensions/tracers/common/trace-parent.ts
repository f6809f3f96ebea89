/** The header `traceparent` of W3C trace context. */

export interface TraceParent {
  /** 32 hexadecimal digits in lower case. */
  readonly traceId: string
  readonly spanId: string
  readonly sampled: boolean
}

const FORM = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/i
const ZEROS = /^0*$/

/** undefined: it is none. */
export function readTraceParent(text: string): TraceParent | undefined {
  const parts = FORM.exec(text)
  if (parts === null) return undefined
  const [, traceId = '', spanId = '', flags = ''] = parts
  if (ZEROS.test(traceId) || ZEROS.test(spanId)) return undefined
  return {
    traceId: traceId.toLowerCase(),
    spanId: spanId.toLowerCase(),
    sampled: (Number.parseInt(flags, 16) & 1) === 1,
  }
}

export function traceParentText(traceId: string, spanId: string, sampled: boolean): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`
}
