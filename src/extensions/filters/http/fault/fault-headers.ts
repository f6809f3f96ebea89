/** The request headers by which a client asks for faults, where the configuration lets it. */
import type { RequestHeaders } from '../../../../api/headers.ts'
import type { FractionalPercent } from '../../../../api/runtime.ts'
import type { AbortStatus, Fault } from './config.ts'

export type FaultKind = 'abort' | 'delay' | 'rate-limit'

const PERCENTAGE_HEADERS: Readonly<Record<FaultKind, string>> = {
  abort: 'x-envoy-fault-abort-request-percentage',
  delay: 'x-envoy-fault-delay-request-percentage',
  'rate-limit': 'x-envoy-fault-throughput-response-percentage',
}

/** A client may ask for less than is configured, never for more. */
export function percentageOf(kind: FaultKind, fault: Fault<unknown>, headers: RequestHeaders): FractionalPercent {
  if (fault.value !== 'by-header') return fault.percentage
  const asked = numberIn(headers, PERCENTAGE_HEADERS[kind])
  if (asked === undefined || asked > 0xffff_ffff || asked >= fault.percentage.numerator) return fault.percentage
  return { numerator: asked, denominator: fault.percentage.denominator }
}

export function abortStatusOf(headers: RequestHeaders): AbortStatus | undefined {
  const http = numberIn(headers, 'x-envoy-fault-abort-request')
  if (http !== undefined && http >= 200 && http < 600) return { kind: 'http', status: http }
  const grpc = numberIn(headers, 'x-envoy-fault-abort-grpc-request')
  return grpc === undefined ? undefined : { kind: 'grpc', status: grpc }
}

export function delayMsOf(headers: RequestHeaders): number | undefined {
  return numberIn(headers, 'x-envoy-fault-delay-request')
}

/** KiB a second. */
export function rateLimitOf(headers: RequestHeaders): number | undefined {
  return numberIn(headers, 'x-envoy-fault-throughput-response') || undefined
}

/** An unsigned number in the first line of `name`. */
function numberIn(headers: RequestHeaders, name: string): number | undefined {
  const match = /^\s*\+?(\d{1,19})\s*$/.exec(headers.get(name) ?? '')
  return match === null ? undefined : Number(match[1])
}
