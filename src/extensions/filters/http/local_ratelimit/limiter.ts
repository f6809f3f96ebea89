/** Whether requests are within the limit: a default bucket, and those of the descriptors that match. */
import type { RateLimitDescriptor, XRateLimitOption } from '../../../../api/rate-limit.ts'
import type { SharedStates } from '../../../../api/shared-states.ts'
import type { BucketClock } from '../../../../base/atomic-token-bucket.ts'
import type { LimiterConfig } from './config.ts'
import { LimiterBucket } from './limiter-bucket.ts'
import { WildcardBuckets } from './wildcard-buckets.ts'

export interface Verdict {
  readonly allowed: boolean
  /** The one to tell the client about; undefined when there is none. */
  readonly bucket: LimiterBucket | undefined
  readonly option: XRateLimitOption
}

interface Match {
  readonly bucket: LimiterBucket
  readonly descriptor: RateLimitDescriptor
}

const NO_LIMIT: Verdict = { allowed: true, bucket: undefined, option: 'UNSPECIFIED' }
const NEVER: Verdict = { allowed: false, bucket: undefined, option: 'UNSPECIFIED' }

export class Limiter {
  readonly #alwaysConsumeDefault: boolean
  readonly #default: LimiterBucket | undefined
  readonly #deniesByDefault: boolean
  readonly #exact = new Map<string, LimiterBucket>()
  readonly #wildcards: readonly WildcardBuckets[]

  constructor(config: LimiterConfig, states: SharedStates, clock: BucketClock) {
    const { bucket, descriptors, maxDynamicDescriptors, alwaysConsumeDefault } = config
    const exact = descriptors.filter(({ wildcard }) => !wildcard)
    const state = states.claim('buckets', 1 + exact.length)
    this.#alwaysConsumeDefault = alwaysConsumeDefault
    this.#deniesByDefault = bucket?.maxTokens === 0
    this.#default =
      bucket === undefined || this.#deniesByDefault ? undefined : new LimiterBucket(bucket, false, state, 0, clock)
    exact.forEach((each, i) => {
      const key = keyOf(each.entries)
      this.#exact.set(key, new LimiterBucket(each.bucket, each.shadow, state, 1 + i, clock))
    })
    this.#wildcards = descriptors
      .filter(({ wildcard }) => wildcard)
      .map((each, i) => new WildcardBuckets(each, maxDynamicDescriptors, states.within(`wildcard ${i}`), clock))
  }

  /** Takes from every bucket that the request is counted by, until one has not enough that is meant. */
  allows(descriptors: readonly RateLimitDescriptor[]): Verdict {
    const matches = descriptors.length === 0 ? [] : this.#matches(descriptors)
    let shadowed: Verdict | undefined
    for (const { bucket, descriptor } of matches) {
      if (bucket.allows(descriptor.hitsAddend)) continue
      const refused: Verdict = { allowed: false, bucket, option: descriptor.xRateLimitOption }
      if (!bucket.shadow) return refused
      shadowed ??= refused
    }
    const first = matches[0]
    const withoutDefault = shadowed ?? allowedBy(first)
    if (first !== undefined && !this.#alwaysConsumeDefault) return withoutDefault
    const byDefault = this.#default
    if (byDefault === undefined) return this.#deniesByDefault ? NEVER : withoutDefault
    if (!byDefault.allows(undefined)) return { allowed: false, bucket: byDefault, option: 'UNSPECIFIED' }
    return first === undefined ? { allowed: true, bucket: byDefault, option: 'UNSPECIFIED' } : withoutDefault
  }

  /** The slowest bucket first, which is the likeliest to say no: the others are spared then. */
  #matches(descriptors: readonly RateLimitDescriptor[]): readonly Match[] {
    const matches: Match[] = []
    for (const descriptor of descriptors) {
      const bucket = this.#exact.get(keyOf(descriptor.entries)) ?? this.#wildcard(descriptor)
      if (bucket !== undefined) matches.push({ bucket, descriptor })
    }
    return matches.length > 1 ? matches.sort((one, other) => one.bucket.fillRate - other.bucket.fillRate) : matches
  }

  #wildcard({ entries }: RateLimitDescriptor): LimiterBucket | undefined {
    for (const buckets of this.#wildcards) if (buckets.matches(entries)) return buckets.bucket(entries)
    return undefined
  }
}

function allowedBy(match: Match | undefined): Verdict {
  if (match === undefined) return NO_LIMIT
  return { allowed: true, bucket: match.bucket, option: match.descriptor.xRateLimitOption }
}

function keyOf(entries: RateLimitDescriptor['entries']): string {
  let key = ''
  for (const entry of entries) key += `${entry.key}\0${entry.value}\0`
  return key
}
