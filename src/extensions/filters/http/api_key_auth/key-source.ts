/** Where a request has its API key. */
import type { RequestHeaders } from '../../../../api/headers.ts'
import { cookieValue } from '../../../../router/cookies.ts'
import { QueryParameters } from '../common/query-parameters.ts'

export interface KeySource {
  /** Undefined or '' when there is none. */
  keyOf(headers: RequestHeaders): string | undefined
  remove(headers: RequestHeaders): void
}

const BEARER = 'Bearer '

export function headerSource(name: string): KeySource {
  return {
    keyOf: (headers) => {
      const value = headers.getAll(name)[0]
      return value?.startsWith(BEARER) === true ? value.slice(BEARER.length) : value
    },
    remove: (headers) => headers.remove(name),
  }
}

export function querySource(name: string): KeySource {
  return {
    keyOf: ({ path }) => new QueryParameters(path).get(name),
    remove: (headers) => {
      const parameters = new QueryParameters(headers.path)
      parameters.remove(name)
      headers.path = parameters.writtenInto(headers.path)
    },
  }
}

export function cookieSource(name: string): KeySource {
  return {
    keyOf: (headers) => cookieValue(headers, name),
    remove: (headers) => removeCookie(headers, name),
  }
}

/** As Envoy writes cookies again: in one line, without quotes around values, and without what is no `name=value`. */
function removeCookie(headers: RequestHeaders, name: string): void {
  const lines = headers.getAll('cookie')
  if (lines.length === 0) return
  headers.remove('cookie')
  const kept = lines
    .flatMap((line) => line.split(';'))
    .map((pair) => /^ *([^=]*)=(.*)$/.exec(pair))
    .filter((pair) => pair !== null && pair[1] !== name)
  if (kept.length > 0) headers.add('cookie', kept.map((pair) => `${pair![1]}=${unquoted(pair![2]!)}`).join('; '))
}

function unquoted(value: string): string {
  return value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
}
