/** A list of envoy.config.route.v3.RateLimit, of a route, a virtual host or a filter, parsed. */
import type { Formatter } from '../../api/access-log.ts'
import type { Reader } from '../../api/config.ts'
import type {
  RateLimit,
  RateLimitDescriptor,
  RateLimitEntry,
  RateLimitPolicy,
  RateLimitRequest,
  XRateLimitOption,
} from '../../api/rate-limit.ts'
import { compileFormat } from '../../formatter/compile-format.ts'
import { mutationContext } from '../header-mutations.ts'
import type { RateLimitAction } from './rate-limit-action.ts'
import { readRateLimitAction } from './rate-limit-action.ts'
import type { LimitOverride } from './limit-override.ts'
import { readLimitOverride } from './limit-override.ts'

const STAGES = 11
const NO_LIMITS: readonly RateLimit[] = []
const MAX_HITS = 1_000_000_000

/** Reads `rate_limits`, or the field of another name that holds the same. */
export function readRateLimitPolicy(reader: Reader, field = 'rate_limits'): RateLimitPolicy {
  const limits = reader.messages(field, readRateLimit)
  if (limits.length === 0) return NO_RATE_LIMITS
  const stages: RateLimit[][] = Array.from({ length: STAGES }, () => [])
  for (const limit of limits) stages[limit.stage]?.push(limit)
  return { isEmpty: false, stage: (stage) => stages[stage] ?? NO_LIMITS }
}

export const NO_RATE_LIMITS: RateLimitPolicy = { isEmpty: true, stage: () => NO_LIMITS }

interface Limits {
  readonly stage: number
  readonly disableKey: string
  readonly applyOnStreamDone: boolean
  readonly xRateLimitOption: XRateLimitOption
  readonly actions: readonly RateLimitAction[]
  readonly override: LimitOverride | undefined
  readonly hits: (request: RateLimitRequest) => number | undefined
}

function readRateLimit(reader: Reader): RouteRateLimit {
  return new RouteRateLimit({
    stage: reader.number('stage', 0),
    disableKey: reader.string('disable_key'),
    applyOnStreamDone: reader.bool('apply_on_stream_done', false),
    xRateLimitOption: reader.enumeration<XRateLimitOption>('x_ratelimit_option', 'UNSPECIFIED'),
    actions: reader.messages('actions', readRateLimitAction),
    override: reader.message('limit', readLimitOverride),
    hits: reader.message('hits_addend', readHits) ?? (() => undefined),
  })
}

class RouteRateLimit implements RateLimit {
  readonly stage: number
  readonly disableKey: string
  readonly applyOnStreamDone: boolean
  readonly #limits: Limits

  constructor(limits: Limits) {
    this.stage = limits.stage
    this.disableKey = limits.disableKey
    this.applyOnStreamDone = limits.applyOnStreamDone
    this.#limits = limits
  }

  descriptor(request: RateLimitRequest): RateLimitDescriptor | undefined {
    const hitsAddend = this.#limits.hits(request)
    return Number.isNaN(hitsAddend) ? undefined : this.#describe(request, hitsAddend)
  }

  descriptorOfOne(request: RateLimitRequest): RateLimitDescriptor | undefined {
    return this.#describe(request, undefined)
  }

  #describe(request: RateLimitRequest, hitsAddend: number | undefined): RateLimitDescriptor | undefined {
    const { actions, override, xRateLimitOption } = this.#limits
    const entries: RateLimitEntry[] = []
    for (let i = 0; i < actions.length; i++) {
      const found = actions[i]!(request)
      if (found === undefined) return undefined
      if (found !== 'skip') entries.push(found)
    }
    return { entries, limit: override?.(request), hitsAddend, xRateLimitOption }
  }
}

/** How much a request counts: a number, or what a format makes of it; NaN, and the limit does not apply, for another text. */
function readHits(reader: Reader): (request: RateLimitRequest) => number | undefined {
  const sign = reader.bool('is_negative_hits', false) ? -1 : 1
  const text = reader.string('format')
  const number = reader.optionalNumber('number')
  if (text === '') return () => (number === undefined ? undefined : number * sign)
  const formatter = readHitsFormat(reader, text)
  return (request) => {
    const hits = Number(formatter?.format(mutationContext(request.headers, undefined, request.streamInfo)) || NaN)
    return Number.isFinite(hits) && hits >= 0 ? Math.min(MAX_HITS, Math.floor(hits)) * sign : NaN
  }
}

function readHitsFormat(reader: Reader, text: string): Formatter | undefined {
  const compiled = compileFormat(text, { unset: '' })
  if (compiled.ok) return compiled.formatter
  reader.error('format', 'NU152', compiled.message)
  return undefined
}
