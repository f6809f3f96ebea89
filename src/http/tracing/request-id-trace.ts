/** What a UUID as a request id says about tracing: one digit of it, and a number to draw lots with. */
import type { TraceReason } from '../../api/tracing.ts'

const LENGTH = 36
/** The digit of the version, which is 4 in a random UUID: not traced. */
const AT = 14
const DIGITS: Readonly<Record<TraceReason, string>> = { none: '4', sampled: '9', forced: 'a', client: 'b' }

export function traceReasonOf(id: string): TraceReason {
  if (id.length !== LENGTH) return 'none'
  switch (id[AT]) {
    case DIGITS.sampled:
      return 'sampled'
    case DIGITS.forced:
      return 'forced'
    case DIGITS.client:
      return 'client'
    default:
      return 'none'
  }
}

/** Ids that are no UUID stay as they are. */
export function withTraceReason(id: string, reason: TraceReason): string {
  return id.length === LENGTH ? id.slice(0, AT) + DIGITS[reason] + id.slice(AT + 1) : id
}

/** 0 to 9999, by the first eight digits; undefined for an id that does not begin with them. */
export function requestIdNumber(id: string): number | undefined {
  return /^[0-9a-f]{8}/i.test(id) ? Number.parseInt(id.slice(0, 8), 16) % 10_000 : undefined
}
