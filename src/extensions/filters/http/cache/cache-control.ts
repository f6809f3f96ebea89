/**
 * Cache-Control of requests and responses (RFC 9111 §5.2), as far as the cache looks at it. Directives that are unknown, or
 * whose seconds are no number, are passed over.
 */

export interface RequestCacheControl {
  readonly mustValidate: boolean
  readonly noStore: boolean
  /* Seconds; undefined: nothing is asked for. */
  readonly maxAge: number | undefined
  readonly minFresh: number | undefined
  /** Infinity: however old. */
  readonly maxStale: number | undefined
}

export interface ResponseCacheControl {
  readonly mustValidate: boolean
  readonly noStore: boolean
  /** Never to be given once it is stale. */
  readonly noStale: boolean
  /** Seconds; s-maxage before max-age. */
  readonly maxAge: number | undefined
}

export const NOTHING_ASKED: RequestCacheControl = {
  mustValidate: false,
  noStore: false,
  maxAge: undefined,
  minFresh: undefined,
  maxStale: undefined,
}

export function parseRequestCacheControl(value: string): RequestCacheControl {
  let { mustValidate, noStore, maxAge, minFresh, maxStale } = NOTHING_ASKED
  eachDirective(value, (name, argument) => {
    if (name === 'no-cache') mustValidate = true
    else if (name === 'no-store') noStore = true
    else if (name === 'max-age') maxAge = secondsOf(argument)
    else if (name === 'min-fresh') minFresh = secondsOf(argument)
    else if (name === 'max-stale') maxStale = argument === '' ? Number.POSITIVE_INFINITY : secondsOf(argument)
  })
  return { mustValidate, noStore, maxAge, minFresh, maxStale }
}

export function parseResponseCacheControl(value: string): ResponseCacheControl {
  let mustValidate = false
  let noStore = false
  let noStale = false
  let maxAge: number | undefined
  eachDirective(value, (name, argument) => {
    if (name === 'no-cache') mustValidate = true
    else if (name === 'must-revalidate' || name === 'proxy-revalidate') noStale = true
    else if (name === 'no-store' || name === 'private') noStore = true
    else if (name === 's-maxage') maxAge = secondsOf(argument)
    else if (name === 'max-age') maxAge ??= secondsOf(argument)
  })
  return { mustValidate, noStore, noStale, maxAge }
}

function eachDirective(value: string, visit: (name: string, argument: string) => void): void {
  for (const part of value.split(',')) {
    const directive = part.trim()
    const equals = directive.indexOf('=')
    if (equals === -1) visit(directive.toLowerCase(), '')
    else visit(directive.slice(0, equals).toLowerCase(), directive.slice(equals + 1))
  }
}

/** Seconds that a signed 64-bit number holds, quoted or not. */
function secondsOf(argument: string): number | undefined {
  const bare =
    argument.length > 1 && argument.startsWith('"') && argument.endsWith('"') ? argument.slice(1, -1) : argument
  const match = /^\s*\+?(\d+)\s*$/.exec(bare)
  if (match === null) return undefined
  const seconds = Number(match[1])
  return seconds < 2 ** 63 ? seconds : undefined
}
