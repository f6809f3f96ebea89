/** One configuration, of the filter or of a route, with what a thread needs to apply it. */
import type { FactoryContext } from '../../../../api/extension.ts'
import type { RateLimitDescriptor, RateLimitPolicy, RateLimitRequest } from '../../../../api/rate-limit.ts'
import type { DecoderCallbacks } from '../../../../api/http.ts'
import type { FilterStateObject } from '../../../../api/stream-info.ts'
import { createSharedStatesBuffer, ThreadSharedStates } from '../../../../base/shared-states.ts'
import { SharedClock } from '../../../../base/shared-clock.ts'
import type { RuntimeFraction } from '../../../../router/runtime-fraction.ts'
import { statesOf } from '../../common/shared-name.ts'
import type { LocalRateLimitConfig } from './config.ts'
import { Limiter } from './limiter.ts'
import type { LocalRateLimitStats } from './stats.ts'
import { createLocalRateLimitStats } from './stats.ts'

const NO_DESCRIPTORS: readonly RateLimitDescriptor[] = []
/** Of the connection's filter state, as in Envoy: the first configuration that a connection meets is its limiter. */
const PER_CONNECTION = 'per_connection_local_rate_limiter'

export class RateLimitInUse {
  readonly config: LocalRateLimitConfig
  readonly stats: LocalRateLimitStats
  readonly #context: FactoryContext
  readonly #clock: SharedClock
  readonly #limiter: Limiter

  /** `table`: name of the route table that the configuration may come from. */
  constructor(config: LocalRateLimitConfig, context: FactoryContext, table?: string) {
    this.config = config
    this.#context = context
    this.stats = createLocalRateLimitStats(context.scope, config.statPrefix)
    this.#clock = new SharedClock(context.dispatcher, context.shared)
    this.#limiter = new Limiter(config.limits, statesOf(context.shared, config.sharedName, table), this.#clock)
  }

  holds(fraction: RuntimeFraction | undefined): boolean {
    return fraction !== undefined && fraction(this.#context.runtime, this.#context.random.u32())
  }

  limiterFor(callbacks: DecoderCallbacks): Limiter {
    const { connection } = callbacks
    if (!this.config.perConnection || connection === undefined) return this.#limiter
    const { filterState } = connection.streamInfo
    const known = filterState.get(PER_CONNECTION)
    if (known instanceof ConnectionLimiter) return known.limiter
    const made = new ConnectionLimiter(this.#newLimiter())
    filterState.set(PER_CONNECTION, made)
    return made.limiter
  }

  /** What the request is counted under; nothing where no descriptor asks. */
  descriptorsOf(callbacks: DecoderCallbacks): readonly RateLimitDescriptor[] {
    const { limits, rateLimits, stage, virtualHostLimits } = this.config
    if (limits.descriptors.length === 0) return NO_DESCRIPTORS
    const descriptors: RateLimitDescriptor[] = []
    if (!rateLimits.isEmpty) {
      const request = this.#request(callbacks)
      for (const limit of rateLimits.stage(0)) push(descriptors, limit.descriptor(request))
      return descriptors
    }
    const { route } = callbacks
    const entry = route?.entry
    if (route === undefined || entry === undefined) return NO_DESCRIPTORS
    this.#add(entry.rateLimits, stage, callbacks, descriptors)
    const include =
      entry.includeVirtualHostRateLimits ||
      virtualHostLimits === 'INCLUDE' ||
      (virtualHostLimits === 'OVERRIDE' && entry.rateLimits.isEmpty)
    if (include) this.#add(route.virtualHost.rateLimits, stage, callbacks, descriptors)
    return descriptors
  }

  /** Limits of a route or virtual host. */
  #add(policy: RateLimitPolicy, stage: number, callbacks: DecoderCallbacks, to: RateLimitDescriptor[]): void {
    const request = this.#request(callbacks)
    for (const limit of policy.stage(stage)) {
      // Whether the key is on is the business of the filter that asks a service.
      if (limit.disableKey === '') push(to, limit.descriptorOfOne(request))
    }
  }

  #request({ requestHeaders, streamInfo }: DecoderCallbacks): RateLimitRequest {
    return { headers: requestHeaders, streamInfo, serviceCluster: this.#context.localInfo.clusterName }
  }

  /** Of a connection, which one thread has. */
  #newLimiter(): Limiter {
    const states = new ThreadSharedStates(createSharedStatesBuffer(this.#context.shared.epochMs, 0))
    return new Limiter(this.config.limits, states, this.#clock)
  }
}

function push(to: RateLimitDescriptor[], descriptor: RateLimitDescriptor | undefined): void {
  if (descriptor !== undefined) to.push(descriptor)
}

class ConnectionLimiter implements FilterStateObject {
  readonly limiter: Limiter

  constructor(limiter: Limiter) {
    this.limiter = limiter
  }

  serializeAsString(): undefined {
    return undefined
  }
}
