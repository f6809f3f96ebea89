/** What the router says when an upstream failed, or took too long. */
import type { ResetReason } from '../api/codec.ts'
import type { RouterReply } from './local-replies.ts'
import { failureBody, failureDetails, failureStatus, flagOf } from './upstream-failure.ts'

/** Of an attempt that took too long: what counts it, and the details of the reply. */
export const ATTEMPT_TIMEOUTS = {
  'per-try': { counter: 'upstream_rq_per_try_timeout', details: 'upstream_per_try_timeout' },
  'per-try-idle': { counter: 'upstream_rq_per_try_idle_timeout', details: 'upstream_per_try_idle_timeout' },
} as const

/** `started`: the response had begun; `retried`: there was an attempt before. */
export function resetReply(
  reason: ResetReason,
  started: boolean,
  retried: boolean,
  transportFailure: string,
  overloaded: boolean,
): RouterReply {
  const details = failureDetails(reason, started, transportFailure)
  return {
    status: failureStatus(reason),
    body: failureBody(reason, retried),
    details,
    flag: flagOf(reason),
    overloaded,
  }
}

export function timeoutReply(status: number, details: string): RouterReply {
  return { status, body: status === 504 ? 'upstream request timeout' : '', details, flag: 'UT' }
}

const MAX_DURATION_WORDS = 'upstream max stream duration reached'

export function maxDurationReply(requestComplete: boolean): RouterReply {
  const details = MAX_DURATION_WORDS.replaceAll(' ', '_')
  return { status: requestComplete ? 504 : 408, body: MAX_DURATION_WORDS, details, flag: 'UMSDR' }
}
