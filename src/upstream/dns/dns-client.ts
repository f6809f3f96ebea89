/**
 * Asks DNS servers, as patiently as c-ares does: the best of them first, longer in every round, over UDP, and over TCP what does
 * not fit. The runtime's own resolver remembers answers, takes a name without addresses for none, and waits for
 * servers that are not there.
 */
import type { Dispatcher, Random } from '../../api/event.ts'
import type { DnsAddress, DnsAnswer } from '../../codec/dns/dns-answer.ts'
import { answersQuery, decodeDnsAnswer } from '../../codec/dns/dns-answer.ts'
import type { AddressType } from '../../codec/dns/dns-query.ts'
import { encodeDnsQuery } from '../../codec/dns/dns-query.ts'
import type { ExchangeCallbacks } from '../../network/datagram-exchange.ts'
import { exchangeDatagrams } from '../../network/datagram-exchange.ts'
import { parseIpPort } from '../../network/ip-port.ts'
import type { Connect } from '../pool/upstream-connection.ts'
import type { Family } from './hosts-file.ts'
import type { NameServer } from './name-server.ts'
import type { NameServerPool } from './name-server-pool.ts'
import { TcpExchange } from './tcp-exchange.ts'

export interface DnsQueryDeps {
  readonly dispatcher: Dispatcher
  readonly connect: Connect
  readonly random: Random
}

export interface DnsClientSettings {
  readonly pool: NameServerPool
  /** Rounds. */
  readonly tries: number
  readonly overTcp: boolean
  /** The longest answer over UDP that servers are told of (RFC 6891); undefined: they are told nothing. */
  readonly ednsSize: number | undefined
}

/** `code`: in the words of node:dns; undefined when there are records. */
export type DnsQueryResult =
  | { readonly code: undefined; readonly records: readonly DnsAddress[] }
  | { readonly code: string }

interface Manner {
  readonly tcp: boolean
  readonly ednsSize: number | undefined
  readonly patienceMs: number
}

/** What one server said, or why it was asked in vain. */
type Attempt = DnsAnswer | { readonly failed: string }

/** One question; `cancel` makes its answer come at once. */
export class DnsQuery {
  /** So many servers have not answered in time. */
  timeouts = 0
  readonly #settings: DnsClientSettings
  readonly #name: string
  readonly #type: AddressType
  readonly #deps: DnsQueryDeps
  #cancelled = false
  #give: ((attempt: Attempt) => void) | undefined = undefined

  constructor(settings: DnsClientSettings, name: string, family: Family, deps: DnsQueryDeps) {
    this.#settings = settings
    this.#name = name
    this.#type = family === 4 ? 1 : 28
    this.#deps = deps
  }

  async ask(): Promise<DnsQueryResult> {
    const { pool, tries } = this.#settings
    let { overTcp: tcp, ednsSize } = this.#settings
    let code = 'ETIMEOUT'
    for (let tried = 0; tried < pool.size * tries && !this.#cancelled;) {
      const server = pool.next()
      const askedMs = this.#now
      const manner = { tcp, ednsSize, patienceMs: pool.patienceMs(server, tried, askedMs) }
      if (tried === 0) this.#probe(server, manner)
      // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
      const attempt = await this.#try(server.address, manner)
      if (this.#cancelled) break
      const failure = failureOf(attempt)
      if (failure !== undefined) {
        pool.failed(server, this.#now)
        if (failure === 'ETIMEOUT') this.timeouts++
        ;[code, tried] = [failure, tried + 1]
        continue
      }
      const answer = attempt as DnsAnswer
      pool.answered(server)
      if (answer.truncated && !tcp) tcp = true
      else if (answer.code === FORMERR && !answer.edns && ednsSize !== undefined) ednsSize = undefined
      else {
        if (answer.code === 0 || answer.code === NXDOMAIN) server.latency.record(this.#now - askedMs, this.#now)
        return resultOf(answer)
      }
    }
    return { code: this.#cancelled ? 'ECANCELLED' : code }
  }

  get #now(): number {
    return this.#deps.dispatcher.now
  }

  /** Asks another server the same, which has failed, for nobody but the pool to know of the answer. */
  #probe(asked: NameServer, manner: Manner): void {
    const { pool } = this.#settings
    const server = pool.toProbe(asked, this.#now)
    if (server === undefined) return
    server.probed = true
    const probe = new DnsQuery(this.#settings, this.#name, this.#type === 1 ? 4 : 6, this.#deps)
    void probe.#try(server.address, manner).then((attempt) => {
      server.probed = false
      if (failureOf(attempt) === undefined) pool.answered(server)
      else pool.failed(server, this.#now)
    })
  }

  cancel(): void {
    this.#cancelled = true
    this.#give?.({ failed: 'ECANCELLED' })
  }

  #try(server: string, manner: Manner): Promise<Attempt> {
    const query = encodeDnsQuery(randomId(), this.#name, this.#type, manner.ednsSize)
    const address = parseIpPort(server)
    // Such as one behind an interface: fe80::1%eth0.
    if (address === undefined) return Promise.resolve({ failed: 'ECONNREFUSED' })
    return new Promise((resolve) => {
      const give = (attempt: Attempt): void => {
        if (this.#give !== give) return
        this.#give = undefined
        timer.disable()
        exchange.close()
        resolve(attempt)
      }
      this.#give = give
      const { dispatcher } = this.#deps
      const { patienceMs } = manner
      let deadlineMs = dispatcher.preciseNow() + patienceMs
      const timer = dispatcher.timer(() => {
        const lateMs = dispatcher.preciseNow() - deadlineMs
        if (lateMs <= LATE_MS) return give({ failed: 'ETIMEOUT' })
        // Nobody had time: an answer may lie in the socket. Once.
        deadlineMs = Number.POSITIVE_INFINITY
        timer.enable(Math.min(lateMs, patienceMs))
      })
      timer.enable(patienceMs)
      const callbacks: ExchangeCallbacks = {
        onMessage: (message) => {
          if (answersQuery(message, query)) give(decodeDnsAnswer(message, this.#type) ?? { failed: 'EBADRESP' })
        },
        onError: () => give({ failed: 'ECONNREFUSED' }),
      }
      const exchange = manner.tcp
        ? new TcpExchange(address, query, callbacks, this.#deps)
        : exchangeDatagrams(address, query, callbacks)
    })
  }
}

/** A timer that is later than this had to wait for something. */
const LATE_MS = 10
const FORMERR = 1
const NXDOMAIN = 3

/** The server cannot, but another one may. */
const ASK_ANOTHER: Readonly<Record<number, string>> = {
  2: 'ESERVFAIL',
  4: 'ENOTIMP',
  5: 'EREFUSED',
}

/** Why another server is to be asked; undefined: this is an answer. */
function failureOf(attempt: Attempt): string | undefined {
  return 'failed' in attempt ? attempt.failed : ASK_ANOTHER[attempt.code]
}

/** Codes that are none of these are as good as no record. */
function resultOf({ code, addresses }: DnsAnswer): DnsQueryResult {
  if (code === NXDOMAIN) return { code: 'ENOTFOUND' }
  if (code === FORMERR) return { code: 'EFORMERR' }
  const isEmpty = code !== 0 || addresses.length === 0
  return isEmpty ? { code: 'ENODATA' } : { code: undefined, records: addresses }
}

/** Not to be guessed by who would answer in a server's place. */
function randomId(): number {
  return crypto.getRandomValues(new Uint16Array(1))[0]!
}
