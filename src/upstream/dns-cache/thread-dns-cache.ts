/** A DNS cache as one thread sees it: the hosts that the main thread told of, and who waits for others. */
import type { DnsCache, DnsCacheSettings, DnsHost, DnsLoad, DnsWaiter } from '../../api/dns-cache.ts'
import type { Dispatcher } from '../../api/event.ts'
import type { IpAddress } from '../../api/network.ts'
import type { Runtime } from '../../api/runtime.ts'
import type { Counter, Scope } from '../../api/stats.ts'
import type { SharedState } from '../../base/shared-states.ts'
import type { SharedBlock } from '../../stats/shared-counters.ts'
import { SharedCounters } from '../../stats/shared-counters.ts'
import { hostAndPort } from './authority.ts'
import type { CachedHostInfo, DnsLoadRequest } from './dns-cache-order.ts'
import { PendingRequests } from './pending-requests.ts'
import { CACHE_NUMBER, sharedMoment } from './shared-numbers.ts'

export interface ThreadDnsCacheDeps {
  readonly dispatcher: Pick<Dispatcher, 'wallNow'>
  /** `dns_cache.<name>.` */
  readonly scope: Scope
  readonly runtime: Runtime
  readonly numbers: SharedState
  /** The main thread is to look a host up. */
  ask(request: DnsLoadRequest): void
}

class ThreadDnsHost implements DnsHost {
  readonly address: IpAddress | undefined
  readonly details: string
  readonly failed: boolean
  readonly #lastUsed: SharedCounters
  readonly #dispatcher: Pick<Dispatcher, 'wallNow'>

  constructor(info: CachedHostInfo, lastUsed: SharedCounters, dispatcher: Pick<Dispatcher, 'wallNow'>) {
    this.address = info.address
    this.details = info.details
    this.failed = info.failed
    this.#lastUsed = lastUsed
    this.#dispatcher = dispatcher
  }

  touch(): void {
    this.#lastUsed.set(0, sharedMoment(this.#dispatcher.wallNow))
  }
}

/** Left empty once it is cancelled. */
interface Waiting {
  waiter: DnsWaiter | undefined
}

export class ThreadDnsCache implements DnsCache {
  readonly #settings: DnsCacheSettings
  readonly #deps: ThreadDnsCacheDeps
  readonly #pending: PendingRequests
  readonly #pendingOverflow: Counter
  readonly #hostOverflow: Counter
  readonly #hosts = new Map<string, ThreadDnsHost>()
  readonly #waiting = new Map<string, Waiting[]>()

  constructor(settings: DnsCacheSettings, deps: ThreadDnsCacheDeps) {
    this.#settings = settings
    this.#deps = deps
    this.#pending = new PendingRequests(settings, deps)
    this.#pendingOverflow = deps.scope.counter('dns_rq_pending_overflow')
    this.#hostOverflow = deps.scope.counter('host_overflow')
  }

  find(name: string): DnsHost | undefined {
    return this.#hosts.get(name)
  }

  load(authority: string, defaultPort: number, waiter: DnsWaiter): DnsLoad {
    if (!this.#pending.canCreate()) {
      this.#pendingOverflow.inc()
      return TOO_MANY_PENDING
    }
    const name = hostAndPort(authority, defaultPort)
    const host = this.#hosts.get(name)
    const refresh = host?.failed === true && !this.#settings.refreshesAfterFailure
    if (host !== undefined && !refresh) return { kind: 'cached', host }
    if (Atomics.load(this.#deps.numbers.ints, CACHE_NUMBER.hosts) >= this.#settings.maxHosts) {
      this.#hostOverflow.inc()
      return OVERFLOW
    }
    return this.#await(name, defaultPort, refresh, waiter)
  }

  /** What the main thread told. */
  set(name: string, info: CachedHostInfo, lastUsed: SharedBlock): void {
    const host = new ThreadDnsHost(info, new SharedCounters(lastUsed), this.#deps.dispatcher)
    this.#hosts.set(name, host)
    const waiting = this.#waiting.get(name)
    if (waiting === undefined) return
    // Whoever goes on may ask for more.
    this.#waiting.delete(name)
    for (const one of waiting) {
      const { waiter } = one
      if (waiter === undefined) continue
      one.waiter = undefined
      this.#pending.dec()
      waiter.onDnsHost(host)
    }
  }

  delete(name: string): void {
    this.#hosts.delete(name)
  }

  #await(name: string, port: number, refresh: boolean, waiter: DnsWaiter): DnsLoad {
    this.#pending.inc()
    const one: Waiting = { waiter }
    const waiting = this.#waiting.get(name)
    if (waiting === undefined) {
      this.#waiting.set(name, [one])
      this.#deps.ask({ kind: 'dns.load', cache: this.#settings.name, host: name, port, refresh })
    } else waiting.push(one)
    return { kind: 'loading', cancel: () => this.#cancel(one) }
  }

  /** It stays in its list, which ends with the answer. */
  #cancel(one: Waiting): void {
    if (one.waiter === undefined) return
    one.waiter = undefined
    this.#pending.dec()
  }
}

const TOO_MANY_PENDING: DnsLoad = { kind: 'too-many-pending' }
const OVERFLOW: DnsLoad = { kind: 'overflow' }
