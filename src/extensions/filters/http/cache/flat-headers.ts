/** Header fields as names and values by turns: how they are kept while nobody asks for one. */
import type { HeaderMap, ResponseHeaders, Trailers } from '../../../../api/headers.ts'
import { newResponseHeaders } from '../../../../codec/headers/response-headers.ts'
import { newTrailers } from '../../../../codec/headers/trailers.ts'

export function flatten(headers: HeaderMap): string[] {
  const flat: string[] = []
  headers.forEach((name, value) => flat.push(name, value))
  return flat
}

export function responseOf(status: number, flat: readonly string[]): ResponseHeaders {
  return filled(newResponseHeaders(status), flat)
}

export function trailersOf(flat: readonly string[]): Trailers {
  return filled(newTrailers(), flat)
}

function filled<T extends HeaderMap>(headers: T, flat: readonly string[]): T {
  for (let i = 0; i < flat.length; i += 2) headers.add(flat[i]!, flat[i + 1]!)
  return headers
}
