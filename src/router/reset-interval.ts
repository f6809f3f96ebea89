/** RetryPolicy.rate_limited_retry_back_off: how long a response asks to wait before the next attempt. */
import type { Reader } from '../api/config.ts'
import type { ResponseHeaders } from '../api/headers.ts'

const DEFAULT_MAX_MS = 300_000

interface ResetHeader {
  readonly name: string
  readonly format: 'SECONDS' | 'UNIX_TIMESTAMP'
}

/** The first header with a usable value decides. `wallNow` in ms; a value above the maximum is not usable. */
export function readResetIntervals(reader: Reader): (response: ResponseHeaders, wallNow: number) => number | undefined {
  const headers = reader.messages('reset_headers', readResetHeader)
  const maxMs = reader.durationMs('max_interval', DEFAULT_MAX_MS)
  return (response, wallNow) => {
    for (const header of headers) {
      const ms = interval(header, response.get(header.name), wallNow)
      if (ms !== undefined && ms <= maxMs) return ms
    }
    return undefined
  }
}

function readResetHeader(reader: Reader): ResetHeader {
  return {
    name: reader.string('name').toLowerCase(),
    format: reader.enumeration<ResetHeader['format']>('format', 'SECONDS'),
  }
}

function interval({ format }: ResetHeader, value: string | undefined, wallNow: number): number | undefined {
  if (value === undefined || !/^\d{1,15}$/.test(value)) return undefined
  const seconds = Number(value)
  if (format === 'SECONDS') return seconds * 1000
  const ms = (seconds - Math.floor(wallNow / 1000)) * 1000
  return ms > 0 ? ms : undefined
}
