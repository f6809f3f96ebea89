/** The resolvers of the process: whoever does not say how to ask shares one, others have what they know of their servers to themselves. */
import type { Scope } from '../../api/stats.ts'
import type { DnsResolverSettings } from '../config/dns-settings.ts'
import { DEFAULT_RESOLVER } from '../config/dns-settings.ts'
import type { DnsQueryDeps } from './dns-client.ts'
import type { DnsResolver } from './dns-resolver.ts'
import { DnsStats } from './dns-stats.ts'
import { HostsFile } from './hosts-file.ts'
import { SystemDnsResolver } from './system-dns-resolver.ts'

export class DnsResolvers {
  readonly #scope: Scope
  readonly #deps: DnsQueryDeps
  readonly #shared: DnsResolverSettings
  readonly #createResolver: ((settings: DnsResolverSettings) => DnsResolver) | undefined
  readonly #hosts = new HostsFile()
  #common: DnsResolver | undefined = undefined
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

  get(settings?: DnsResolverSettings): DnsResolver {
    if (settings !== undefined) return this.#create(settings)
    return (this.#common ??= this.#create(this.#shared))
  }

  #create(settings: DnsResolverSettings): DnsResolver {
    this.#stats ??= new DnsStats(this.#scope)
    return this.#createResolver?.(settings) ?? new SystemDnsResolver(settings, this.#stats, this.#deps, this.#hosts)
  }
}
