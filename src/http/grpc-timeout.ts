/** The grpc-timeout header (gRPC over HTTP/2, "Timeout"): at most eight digits and a unit. */
import type { HeaderMap } from '../api/headers.ts'

const UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ['m', 1],
  ['S', 1000],
  ['M', 60_000],
  ['H', 3_600_000],
]
const SMALLER: Readonly<Record<string, number>> = { u: 1e-3, n: 1e-6 }
const MOST = 99_999_999

/** ms, rounded up; undefined when there is no such header or it is malformed. */
export function grpcTimeoutMs(headers: HeaderMap): number | undefined {
  const match = /^(\d{1,8})([HMSmun])$/.exec(headers.get('grpc-timeout') ?? '')
  if (match === null) return undefined
  const unit = match[2]!
  const unitMs = UNITS.find(([name]) => name === unit)?.[1] ?? SMALLER[unit]!
  return Math.ceil(Number(match[1]) * unitMs)
}

/** In the smallest unit that has digits enough. */
export function setGrpcTimeout(headers: HeaderMap, ms: number): void {
  for (const [unit, unitMs] of UNITS) {
    const value = Math.floor(ms / unitMs)
    if (value <= MOST) return headers.set('grpc-timeout', `${value}${unit}`)
  }
  headers.set('grpc-timeout', `${MOST}H`)
}
