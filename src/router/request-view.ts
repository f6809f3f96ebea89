/** What matching looks at, taken apart once per request. */
import type { RequestHeaders } from '../api/headers.ts'
import type { StreamInfo } from '../api/stream-info.ts'
import { queryParameters } from './query-parameters.ts'

/** One object a table: matching runs to completion and keeps nothing of it. */
export class RequestView {
  headers!: RequestHeaders
  streamInfo!: StreamInfo
  random = 0
  /** Path without query and fragment. */
  path = ''
  #query: ReadonlyMap<string, string> | undefined = undefined
  #lowerPath: string | undefined = undefined
  readonly #ignoreParameters: boolean

  /** `ignoreParameters`: leave them out of the path. */
  constructor(ignoreParameters: boolean) {
    this.#ignoreParameters = ignoreParameters
  }

  reset(headers: RequestHeaders, streamInfo: StreamInfo, random: number): void {
    this.headers = headers
    this.streamInfo = streamInfo
    this.random = random
    this.#query = undefined
    this.#lowerPath = undefined
    const path = withoutQuery(headers.path)
    this.path = this.#ignoreParameters ? withoutParameters(path) : path
  }

  get lowerPath(): string {
    return (this.#lowerPath ??= this.path.toLowerCase())
  }

  /** Query parameters, not percent-decoded; of a repeated name only the first counts. */
  get query(): ReadonlyMap<string, string> {
    return (this.#query ??= queryParameters(this.headers.path))
  }
}

export function withoutQuery(path: string): string {
  const end = queryStart(path)
  return end < 0 ? path : path.slice(0, end)
}

/** Without path parameters: what follows a `;` in each segment. */
export function withoutParameters(path: string): string {
  return path.includes(';') ? path.replaceAll(/;[^/]*/g, '') : path
}

/** Index of the first `?` or `#`, or -1. */
export function queryStart(path: string): number {
  const question = path.indexOf('?')
  const fragment = path.indexOf('#')
  if (question < 0) return fragment
  return fragment < 0 ? question : Math.min(question, fragment)
}
