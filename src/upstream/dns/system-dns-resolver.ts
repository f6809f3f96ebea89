/**
 * Lookups with the runtime's c-ares, which tells an answer "no such name" from no answer at all: getaddrinfo(3) as the
 * runtime wraps it does not. Hence the hosts file and the search list are read here.
 */
import type { Resolver } from 'node:dns'
import { readFileSync } from 'node:fs'
import type { DnsLookupFamily, DnsResolverSettings } from '../config/dns-settings.ts'
import type { DnsResolver, DnsResult, ResolvedAddress } from './dns-resolver.ts'
import type { DnsStats } from './dns-stats.ts'
import type { Family } from './hosts-file.ts'
import { HostsFile } from './hosts-file.ts'
import type { SearchList } from './search-list.ts'
import { candidates, NO_SEARCH, parseSearchList } from './search-list.ts'

type Answer =
  | { readonly kind: 'found'; readonly addresses: readonly ResolvedAddress[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'failure'; readonly detail: string }

/** The codes that are an answer: there is nothing under this name. */
const NOTHING_THERE = new Set(['ENOTFOUND', 'ENODATA'])

export class SystemDnsResolver implements DnsResolver {
  readonly #resolver: Resolver
  readonly #stats: DnsStats
  readonly #hosts: HostsFile
  readonly #search: SearchList

  constructor(settings: DnsResolverSettings, stats: DnsStats, hosts = new HostsFile()) {
    this.#stats = stats
    this.#hosts = hosts
    // Loading the module takes milliseconds, which a start without names need not spend.
    const dns = process.getBuiltinModule('node:dns')
    this.#resolver = new dns.Resolver({ timeout: settings.timeoutMs, tries: settings.tries })
    if (settings.servers.length > 0) this.#resolver.setServers(settings.servers)
    this.#search = settings.useSearchDomains ? systemSearchList() : NO_SEARCH
  }

  resolve(name: string, family: DnsLookupFamily, onResult: (result: DnsResult) => void): { cancel(): void } {
    let cancelled = false
    this.#stats.pendingResolutions.inc()
    void this.#resolve(name, family).then((result) => {
      this.#stats.pendingResolutions.dec()
      if (!cancelled) onResult(result)
    })
    return { cancel: () => (cancelled = true) }
  }

  async #resolve(name: string, family: DnsLookupFamily): Promise<DnsResult> {
    if (isLocalhost(name)) return this.#localhost(family)
    const families = FAMILIES[family]
    if (family !== 'ALL') return resultOf(await this.#firstOf(name, families))
    return resultOf(await Promise.all(families.map((one) => this.#lookUp(name, one))))
  }

  /** The second family is asked only when the first has nothing. */
  async #firstOf(name: string, families: readonly Family[]): Promise<readonly Answer[]> {
    const answers: Answer[] = []
    for (const family of families) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
      const answer = await this.#lookUp(name, family)
      answers.push(answer)
      if (answer.kind === 'found') break
    }
    return answers
  }

  async #lookUp(name: string, family: Family): Promise<Answer> {
    this.#stats.resolveTotal.inc()
    const fromFile = this.#hosts.lookUp(name, family)
    // A name that the file pins is not asked for elsewhere, whatever the family.
    if (fromFile !== undefined) return fromFile.length === 0 ? { kind: 'none' } : fixed(fromFile)
    for (const candidate of candidates(name, this.#search)) {
      // oxlint-disable-next-line no-await-in-loop -- a later candidate counts only when the earlier ones have nothing
      const answer = await this.#query(candidate, family)
      if (answer.kind === 'found') return answer
      if (answer.kind === 'failure') {
        this.#stats.getAddrFailure.inc()
        return answer
      }
    }
    this.#stats.notFound.inc()
    return { kind: 'none' }
  }

  #query(name: string, family: Family): Promise<Answer> {
    return new Promise((resolve) => {
      const done = (
        error: NodeJS.ErrnoException | null,
        records: readonly { readonly address: string; readonly ttl: number }[] | undefined,
      ): void => {
        if (error === null || error === undefined) return resolve(answerOf(records ?? []))
        const code = error.code ?? 'EFAILED'
        if (code === 'ETIMEOUT') this.#stats.timeouts.inc()
        resolve(NOTHING_THERE.has(code) ? { kind: 'none' } : { kind: 'failure', detail: code })
      }
      if (family === 4) this.#resolver.resolve4(name, { ttl: true }, done)
      else this.#resolver.resolve6(name, { ttl: true }, done)
    })
  }

  /**
   * This machine (RFC 6761 §6.3), by which address its applications listen on. Envoy takes ::1; here the other loopback
   * address is kept as an alternate, so that it does not matter.
   */
  #localhost(family: DnsLookupFamily): DnsResult {
    this.#stats.resolveTotal.inc()
    const [first, second] = FAMILIES[family].map((one) => ({ ip: one === 4 ? '127.0.0.1' : '::1', ttlS: 0 }))
    if (first === undefined) return { status: 'completed', addresses: [], alternates: [] }
    if (second === undefined) return { status: 'completed', addresses: [first], alternates: [] }
    if (family === 'ALL') return { status: 'completed', addresses: [first, second], alternates: [] }
    return { status: 'completed', addresses: [first], alternates: [second.ip] }
  }
}

/** Which records to ask for, in this order. */
const FAMILIES: Readonly<Record<DnsLookupFamily, readonly Family[]>> = {
  AUTO: [6, 4],
  V4_ONLY: [4],
  V6_ONLY: [6],
  V4_PREFERRED: [4, 6],
  ALL: [6, 4],
}

function isLocalhost(name: string): boolean {
  return /^(?:.*\.)?localhost\.?$/i.test(name)
}

function fixed(ips: readonly string[]): Answer {
  return { kind: 'found', addresses: ips.map((ip) => ({ ip, ttlS: 0 })) }
}

function answerOf(records: readonly { readonly address: string; readonly ttl: number }[]): Answer {
  if (records.length === 0) return { kind: 'none' }
  return { kind: 'found', addresses: records.map(({ address, ttl }) => ({ ip: address, ttlS: ttl })) }
}

/** Addresses that were found count whatever else failed; without any, a failure is one. */
function resultOf(answers: readonly Answer[]): DnsResult {
  const addresses = answers.flatMap((answer) => (answer.kind === 'found' ? answer.addresses : []))
  const failed = answers.find((answer) => answer.kind === 'failure')
  if (addresses.length === 0 && failed?.kind === 'failure') return { status: 'failure', detail: failed.detail }
  return { status: 'completed', addresses, alternates: [] }
}

function systemSearchList(): SearchList {
  try {
    return parseSearchList(readFileSync('/etc/resolv.conf', 'utf8'))
  } catch {
    return NO_SEARCH
  }
}
