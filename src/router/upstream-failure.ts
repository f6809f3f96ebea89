/** How a failed upstream request looks to the client and to the log. */
import type { ResetReason } from '../api/codec.ts'
import type { ResponseFlag } from '../api/stream-info.ts'
import type { PoolFailure } from '../api/upstream.ts'

interface FailureLooks {
  /** Words of the reply's body; underscores take the place of blanks in the details. */
  readonly words: string
  readonly flag: ResponseFlag
}

const FAILURES: Readonly<Record<ResetReason, FailureLooks>> = {
  'local-reset': { words: 'local reset', flag: 'LR' },
  'local-refused-stream-reset': { words: 'local refused stream reset', flag: 'LR' },
  'remote-reset': { words: 'remote reset', flag: 'UR' },
  'remote-refused-stream-reset': { words: 'remote refused stream reset', flag: 'UR' },
  'connection-failure': { words: 'connection failure', flag: 'UF' },
  'local-connection-failure': { words: 'local connection failure', flag: 'UF' },
  'remote-connection-failure': { words: 'remote connection failure', flag: 'UF' },
  'connection-timeout': { words: 'connection timeout', flag: 'UF' },
  'connection-termination': { words: 'connection termination', flag: 'UC' },
  overflow: { words: 'overflow', flag: 'UO' },
  'protocol-error': { words: 'protocol error', flag: 'UPE' },
  'overload-manager': { words: 'overload manager reset', flag: 'OM' },
  'http1-premature-upstream-half-close': { words: 'http1 premature upstream half close', flag: 'UPE' },
}

const POOL_FAILURES: Readonly<Record<PoolFailure, ResetReason>> = {
  overflow: 'overflow',
  'local-connection-failure': 'local-connection-failure',
  'remote-connection-failure': 'remote-connection-failure',
  timeout: 'connection-timeout',
}

export function resetReasonOf(failure: PoolFailure): ResetReason {
  return POOL_FAILURES[failure]
}

export function failureWords(reason: ResetReason): string {
  return FAILURES[reason].words
}

export function flagOf(reason: ResetReason): ResponseFlag {
  return FAILURES[reason].flag
}

/** The reply's body when no response had begun. */
export function failureBody(reason: ResetReason, retried: boolean): string {
  const lead = retried ? 'retried and the latest reset reason' : 'reset reason'
  return `upstream connect error or disconnect/reset before headers. ${lead}: ${FAILURES[reason].words}`
}

/** %RESPONSE_CODE_DETAILS%. */
export function failureDetails(reason: ResetReason, started: boolean, transportFailure: string): string {
  const when = started ? 'upstream_reset_after_response_started' : 'upstream_reset_before_response_started'
  const words = FAILURES[reason].words.replaceAll(' ', '_')
  const transport = transportFailure === '' ? '' : `|${transportFailure.replaceAll(' ', '_')}`
  return `${when}{${words}${transport}}`
}

export function failureStatus(reason: ResetReason): number {
  return reason === 'protocol-error' ? 502 : 503
}
