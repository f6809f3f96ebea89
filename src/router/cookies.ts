/** Cookies of a request as routing sees them. */
import type { HeaderMap } from '../api/headers.ts'

/** The value of the first cookie of this name, without quotes around it; undefined when there is none. */
export function cookieValue(headers: HeaderMap, name: string): string | undefined {
  for (const line of headers.getAll('cookie')) {
    for (const pair of line.split(';')) {
      const equals = pair.indexOf('=')
      // Spaces in front of a name are none of it; all others are what they stand in.
      if (equals < 0 || pair.slice(0, equals).replace(/^ +/, '') !== name) continue
      return unquoted(pair.slice(equals + 1))
    }
  }
  return undefined
}

function unquoted(value: string): string {
  return value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
}
