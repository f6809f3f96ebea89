/**
 * Lookups as c-ares makes them for Envoy, over the hosts file, the search list and DNS servers: an answer "no such name" is
 * told from no answer at all, which getaddrinfo(3) as the runtime wraps it does not.
 */
import { readFileSync } from 'node:fs'
import type { DnsLookupFamily, DnsResolverSettings } from '../config/dns-settings.ts'
import { AnswerCache } from './answer-cache.ts'
import type { DnsQueryDeps } from './dns-client.ts'
import { DnsQuery } from './dns-client.ts'
import type { DnsLookup, DnsResolver, DnsResult, ResolvedAddress } from './dns-resolver.ts'
import type { DnsStats } from './dns-stats.ts'
import { isHostName } from './host-name-check.ts'
import type { Family } from './hosts-file.ts'
import { HostsFile } from './hosts-file.ts'
import { ipLiteral } from './ip-literal.ts'
import { NameServerPool } from './name-server-pool.ts'
import { isOnlyDefault, systemNameServers } from './name-servers.ts'
import { RESOLVED, resolutionDetail, saysNothingThere } from './resolution-detail.ts'
import type { SearchList } from './search-list.ts'
import { candidates, NO_SEARCH, parseSearchList } from './search-list.ts'

type Answer = { readonly kind: 'found'; readonly addresses: readonly ResolvedAddress[] } | Nothing

interface Nothing {
  readonly kind: 'none' | 'failure'
  readonly detail: string
  readonly timeouts?: number
}

/** Over once it has an answer or is cancelled: it counts no longer. */
interface Lookup {
  over: boolean
  reinitialises: boolean
  /** Under way. */
  readonly queries: Set<DnsQuery>
}

/** After lookups with these Envoy begins anew, and knows nothing of its servers any more. */
const REINITIALISES = new Set(['ECONNREFUSED', 'EREFUSED', 'ESERVFAIL', 'ENOTIMP'])

export class SystemDnsResolver implements DnsResolver {
  readonly #settings: DnsResolverSettings
  readonly #stats: DnsStats
  readonly #deps: DnsQueryDeps
  readonly #cache: AnswerCache | undefined
  readonly #hosts: HostsFile
  readonly #search: SearchList
  /** Whom to ask, and what is known of them. */
  #pool: NameServerPool | undefined = undefined
  #poolOf = ''
  /** When it began to count time until it has to forget about them. */
  #sinceMs: number

  constructor(settings: DnsResolverSettings, stats: DnsStats, deps: DnsQueryDeps, hosts: HostsFile) {
    this.#deps = deps
    if (settings.cacheMaxTtlS > 0) this.#cache = new AnswerCache(settings.cacheMaxTtlS, () => deps.dispatcher.now)
    this.#settings = settings
    this.#stats = stats
    this.#hosts = hosts
    this.#search = settings.useSearchDomains ? systemSearchList() : NO_SEARCH
    this.#sinceMs = deps.dispatcher.now
  }

  #reinitialise(times = 1): void {
    this.#pool = undefined
    this.#stats.reinits.add(times)
  }

  /** Envoy has a timer for it, which nobody but its counter notices between lookups. */
  #reinitialiseInTime(): void {
    const { reinitialisesEachMs = Number.POSITIVE_INFINITY } = this.#settings
    const times = Math.floor((this.#deps.dispatcher.now - this.#sinceMs) / reinitialisesEachMs)
    if (times === 0) return
    this.#sinceMs += times * reinitialisesEachMs
    this.#reinitialise(times)
  }

  resolve(name: string, family: DnsLookupFamily, onResult: (result: DnsResult) => void): DnsLookup {
    const stats = this.#stats
    this.#reinitialiseInTime()
    const lookup: Lookup = { over: false, reinitialises: false, queries: new Set() }
    stats.pendingResolutions.inc()
    const end = (): boolean => {
      if (lookup.over) return false
      lookup.over = true
      stats.pendingResolutions.dec()
      return true
    }
    void this.#resolve(lookup, name, family).then((result) => {
      if (!end()) return
      if (lookup.reinitialises) this.#reinitialise()
      onResult(result)
    })
    return {
      cancel: (reason) => {
        if (!end()) return
        if (reason === 'timeout') stats.timeouts.inc()
        for (const query of lookup.queries) query.cancel()
      },
    }
  }

  #servers(): NameServerPool {
    const { servers, serversAreFallback, rotatesServers: rotates, timeoutMs } = this.#settings
    const system = servers.length === 0 || serversAreFallback ? systemNameServers() : []
    const useOwn = servers.length > 0 && (!serversAreFallback || isOnlyDefault(system))
    const chosen = [...new Set(useOwn ? servers : system)]
    const text = chosen.join()
    if (this.#pool === undefined || this.#poolOf !== text) {
      this.#pool = new NameServerPool({ servers: chosen, rotates, timeoutMs }, this.#deps.random)
      this.#poolOf = text
    }
    return this.#pool
  }

  async #resolve(lookup: Lookup, name: string, family: DnsLookupFamily): Promise<DnsResult> {
    if (isLocalhost(name)) return this.#localhost(family)
    const answers: Answer[] = []
    for (const families of FAMILIES[family]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
      const answer = await this.#ask(lookup, name, families)
      this.#count(lookup, answer)
      answers.push(answer)
      if (answer.kind === 'found' || lookup.over) break
    }
    const asked = answers.filter((answer) => answer !== UNROUTABLE)
    const result = resultOf(asked.length === 0 ? answers : asked)
    const isNothing = result.status === 'completed' && result.addresses.length === 0
    return isNothing && this.#settings.nothingIsFailure ? { status: 'failure', detail: result.detail } : result
  }

  #count(lookup: Lookup, answer: Answer): void {
    if (lookup.over) return
    this.#stats.resolveTotal.inc()
    if (answer.kind === 'found') return
    if (answer.kind === 'none') this.#stats.notFound.inc()
    else if (answer.detail === TIMED_OUT) this.#stats.timeouts.add(answer.timeouts ?? 1)
    else this.#stats.getAddrFailure.inc()
  }

  /** Of several families at the same time: whatever any of them has. */
  async #ask(lookup: Lookup, name: string, families: readonly Family[]): Promise<Answer> {
    if (this.#settings.routableOnly && families.length === 1 && !hasInterface(families[0]!)) return UNROUTABLE
    const literal = literalAnswer(name, families)
    if (literal !== undefined) return literal
    const fromFile = this.#hosts.lookUp(name, families)
    if (fromFile.length > 0) return fixed(fromFile)
    let answer: Answer = NO_DATA
    let isKnown = false
    for (const candidate of candidates(name, this.#search)) {
      if (!isHostName(candidate)) return BAD_NAME
      // oxlint-disable-next-line no-await-in-loop -- a later candidate counts only when the earlier ones have nothing
      answer = joined(await Promise.all(families.map((one) => this.#askServers(lookup, candidate, one))))
      if (answer.kind !== 'none' || lookup.over) break
      isKnown ||= answer.detail === NO_DATA_DETAIL
    }
    return answer.kind === 'none' && isKnown ? NO_DATA : answer
  }

  async #askServers(lookup: Lookup, name: string, family: Family): Promise<Answer> {
    const question = `${name} ${family}`
    const kept = this.#cache?.get(question)
    if (kept !== undefined) return this.#found(kept, family)
    const answer = await this.#query(lookup, name, family)
    if (answer.kind === 'found') this.#cache?.keep(question, answer.addresses)
    else if (answer.detail === NO_DATA_DETAIL) this.#cache?.keep(question, [])
    return answer
  }

  async #query(lookup: Lookup, name: string, family: Family): Promise<Answer> {
    const { tries, overTcp, ednsSize } = this.#settings
    const query = new DnsQuery({ pool: this.#servers(), tries, overTcp, ednsSize }, name, family, this.#deps)
    lookup.queries.add(query)
    const answer = await query.ask()
    lookup.queries.delete(query)
    if (answer.code === undefined) return this.#found(answer.records, family)
    const { code } = answer
    if (REINITIALISES.has(code) || (code === 'ETIMEOUT' && this.#settings.reinitialisesOnTimeout)) {
      lookup.reinitialises = true
    }
    return {
      kind: saysNothingThere(code) ? 'none' : 'failure',
      detail: resolutionDetail(code),
      timeouts: query.timeouts,
    }
  }

  #found(addresses: readonly ResolvedAddress[], family: Family): Answer {
    if (addresses.length === 0 || (this.#settings.routableOnly && !hasInterface(family))) return NO_DATA
    return { kind: 'found', addresses }
  }

  /**
   * This machine (RFC 6761 §6.3), by which address its applications listen on. Envoy takes ::1; here the other loopback
   * address is kept as an alternate, so that it does not matter.
   */
  #localhost(family: DnsLookupFamily): DnsResult {
    this.#stats.resolveTotal.inc()
    const [first, second] = FAMILIES[family].flat().map((one) => ({ ip: one === 4 ? '127.0.0.1' : '::1', ttlS: 0 }))
    const found = { status: 'completed', detail: RESOLVED, alternates: [] } as const
    if (first === undefined) return { ...found, addresses: [] }
    if (second === undefined) return { ...found, addresses: [first] }
    if (family === 'ALL') return { ...found, addresses: [first, second] }
    return { ...found, addresses: [first], alternates: [second.ip] }
  }
}

const NO_DATA_DETAIL = resolutionDetail('ENODATA')
/** Nobody was asked; what was asked of the other family counts alone. */
const UNROUTABLE: Answer = { kind: 'failure', detail: resolutionDetail('EBADFAMILY') }
const BAD_NAME: Answer = { kind: 'failure', detail: resolutionDetail('EBADNAME') }
const NO_DATA: Answer = { kind: 'none', detail: NO_DATA_DETAIL }
const TIMED_OUT = resolutionDetail('ETIMEOUT')

/** Which records to ask for, in this order: the next ones only when there are none of those before. */
const FAMILIES: Readonly<Record<DnsLookupFamily, readonly (readonly Family[])[]>> = {
  AUTO: [[6], [4]],
  V4_ONLY: [[4]],
  V6_ONLY: [[6]],
  V4_PREFERRED: [[4], [6]],
  ALL: [[4, 6]],
}

/** An IPv4 address answers for either family, as with c-ares; what can be no name is not asked for. */
function literalAnswer(name: string, families: readonly Family[]): Answer | undefined {
  const ip = ipLiteral(name)
  if (ip === undefined && isHostName(name)) return undefined
  if (ip === undefined || (ip.family === 6 && !families.includes(6))) return BAD_NAME
  return fixed([ip.ip])
}

/** Loopback interfaces lead nowhere. */
function hasInterface(family: Family): boolean {
  const interfaces = Object.values(process.getBuiltinModule('node:os').networkInterfaces())
  return interfaces.some((addresses) => addresses?.some((one) => !one.internal && one.family === `IPv${family}`))
}

function isLocalhost(name: string): boolean {
  return /^(?:.*\.)?localhost\.?$/i.test(name)
}

function fixed(ips: readonly string[]): Answer {
  return { kind: 'found', addresses: ips.map((ip) => ({ ip, ttlS: 0 })) }
}

/** Addresses that were found count whatever else failed; without any, a failure is one. */
function joined(answers: readonly Answer[]): Answer {
  const found = answers.flatMap((answer) => (answer.kind === 'found' ? [answer] : []))
  if (found.length > 0) return { kind: 'found', addresses: found.flatMap(({ addresses }) => addresses) }
  const isEmpty = ({ kind, detail }: Nothing): boolean => kind === 'none' && detail === NO_DATA_DETAIL
  const nothing = answers as readonly Nothing[]
  return nothing.find(({ kind }) => kind === 'failure') ?? nothing.find(isEmpty) ?? nothing.at(-1) ?? NO_DATA
}

function resultOf(answers: readonly Answer[]): DnsResult {
  const addresses = answers.flatMap((answer) => (answer.kind === 'found' ? answer.addresses : []))
  if (addresses.length > 0) return { status: 'completed', addresses, alternates: [], detail: RESOLVED }
  const nothing = answers.flatMap((answer) => (answer.kind === 'found' ? [] : [answer]))
  const failed = nothing.find(({ kind }) => kind === 'failure')
  if (failed !== undefined) return { status: 'failure', detail: failed.detail }
  return { status: 'completed', addresses, alternates: [], detail: nothing.at(-1)?.detail ?? NO_DATA_DETAIL }
}

function systemSearchList(): SearchList {
  try {
    return parseSearchList(readFileSync('/etc/resolv.conf', 'utf8'), process.env)
  } catch {
    return parseSearchList('', process.env)
  }
}
