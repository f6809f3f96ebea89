/** The resolvers of the process: whoever asks alike shares one. */
import type { Scope } from '../../api/stats.ts'
import type { DnsResolverSettings } from '../config/dns-settings.ts'
import { DEFAULT_RESOLVER } from '../config/dns-settings.ts'
import type { DnsQueryDeps } from './dns-client.ts'
import type { DnsResolver } from './dns-resolver.ts'
import { DnsStats } from './dns-stats.ts'
import { SystemDnsResolver } from './system-dns-resolver.ts'

export class DnsResolvers {
  readonly #scope: Scope
  readonly #deps: DnsQueryDeps
  readonly #shared: DnsResolverSettings
  readonly #createResolver: ((settings: DnsResolverSettings) => DnsResolver) | undefined
  readonly #resolvers = new Map<string, DnsResolver>()
  #stats: DnsStats | undefined = undefined

  /** `shared`: of those who say nothing. `createResolver`: tests answer for themselves. */
  constructor(
    scope: Scope,
    deps: DnsQueryDeps,
    shared = DEFAULT_RESOLVER,
    createResolver?: (settings: DnsResolverSettings) => DnsResolver,
  ) {
    this.#scope = scope
    this.#deps = deps
    this.#shared = shared
    this.#createResolver = createResolver
  }

  get(settings = this.#shared): DnsResolver {
    const key = JSON.stringify(settings)
    let resolver = this.#resolvers.get(key)
    if (resolver === undefined) {
      this.#stats ??= new DnsStats(this.#scope)
      resolver = this.#createResolver?.(settings) ?? new SystemDnsResolver(settings, this.#stats, this.#deps)
      this.#resolvers.set(key, resolver)
    }
    return resolver
  }
}
