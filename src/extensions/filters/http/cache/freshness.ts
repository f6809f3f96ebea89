/** How old a stored response is, and whether it may be given as it is (RFC 9111 §4.2). */
import type { HeaderMap } from '../../../../api/headers.ts'
import type { RequestCacheControl } from './cache-control.ts'
import { parseResponseCacheControl } from './cache-control.ts'
import { parseHttpTime } from './http-time.ts'

/** Whole seconds. Without a date it is as old as the epoch, as in Envoy. */
export function ageOf(headers: HeaderMap, responseTimeMs: number, nowMs: number): number {
  const said = /^\s*([+-]?\d+)\s*$/.exec(headers.get('age') ?? '')
  const apparent = Math.max(0, responseTimeMs - parseHttpTime(headers.get('date')))
  const initial = Math.max(apparent, said === null ? 0 : Number(said[1]) * 1000)
  return Math.trunc((initial + nowMs - responseTimeMs) / 1000)
}

export function needsValidation(headers: HeaderMap, age: number, request: RequestCacheControl): boolean {
  const response = parseResponseCacheControl(headers.get('cache-control') ?? '')
  if (response.mustValidate || request.mustValidate) return true
  if (request.maxAge !== undefined && request.maxAge < age) return true
  const lifetime = response.maxAge ?? secondsBetween(headers.get('date'), headers.get('expires'))
  if (age <= lifetime) return request.minFresh !== undefined && request.minFresh > lifetime - age
  return response.noStale || request.maxStale === undefined || request.maxStale <= age - lifetime
}

function secondsBetween(from: string | undefined, to: string | undefined): number {
  return (parseHttpTime(to) - parseHttpTime(from)) / 1000
}
