/**
 * Asks DNS servers, as patiently as c-ares does: each in turn, for twice as long in every round, over UDP, and over TCP
 * what does not fit. The runtime's own resolver remembers answers, takes a name without addresses for none, and waits for
 * servers that are not there.
 */
import type { Dispatcher } from '../../api/event.ts'
import type { DnsAddress, DnsAnswer } from '../../codec/dns/dns-answer.ts'
import { answersQuery, decodeDnsAnswer } from '../../codec/dns/dns-answer.ts'
import type { AddressType } from '../../codec/dns/dns-query.ts'
import { encodeDnsQuery } from '../../codec/dns/dns-query.ts'
import type { ExchangeCallbacks } from '../../network/datagram-exchange.ts'
import { exchangeDatagrams } from '../../network/datagram-exchange.ts'
import { parseIpPort } from '../../network/ip-port.ts'
import type { Connect } from '../pool/upstream-connection.ts'
import type { Family } from './hosts-file.ts'
import { TcpExchange } from './tcp-exchange.ts'

export interface DnsQueryDeps {
  readonly dispatcher: Dispatcher
  readonly connect: Connect
}

export interface DnsClientSettings {
  /** `ip:port`, in the order in which they are asked. */
  readonly servers: readonly string[]
  /** For the first round. */
  readonly timeoutMs: number
  /** Rounds. */
  readonly tries: number
  readonly overTcp: boolean
}

/** `code`: in the words of node:dns; undefined when there are records. */
export type DnsQueryResult =
  | { readonly code: undefined; readonly records: readonly DnsAddress[] }
  | { readonly code: string }

/** What one server said, or why it was asked in vain. */
type Attempt = DnsAnswer | { readonly failed: string }

/** One question; `cancel` makes its answer come at once. */
export class DnsQuery {
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
    const { servers, timeoutMs, tries, overTcp } = this.#settings
    let code = 'ETIMEOUT'
    let tcp = overTcp
    let edns = true
    for (let tried = 0; tried < servers.length * tries && !this.#cancelled;) {
      const patienceMs = timeoutMs * 2 ** Math.floor(tried / servers.length)
      // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
      const attempt = await this.#try(servers[tried % servers.length]!, { tcp, edns, patienceMs })
      if ('failed' in attempt) [code, tried] = [attempt.failed, tried + 1]
      else if (attempt.code in ASK_ANOTHER) [code, tried] = [ASK_ANOTHER[attempt.code]!, tried + 1]
      else if (attempt.truncated && !tcp) tcp = true
      else if (attempt.code === FORMERR && !attempt.edns && edns) edns = false
      else return resultOf(attempt)
    }
    return { code: this.#cancelled ? 'ECANCELLED' : code }
  }

  cancel(): void {
    this.#cancelled = true
    this.#give?.({ failed: 'ECANCELLED' })
  }

  #try(
    server: string,
    how: { readonly tcp: boolean; readonly edns: boolean; readonly patienceMs: number },
  ): Promise<Attempt> {
    const query = encodeDnsQuery(randomId(), this.#name, this.#type, how.edns)
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
      const timer = this.#deps.dispatcher.timer(() => give({ failed: 'ETIMEOUT' }))
      timer.enable(how.patienceMs)
      const callbacks: ExchangeCallbacks = {
        onMessage: (message) => {
          if (answersQuery(message, query)) give(decodeDnsAnswer(message, this.#type) ?? { failed: 'EBADRESP' })
        },
        onError: () => give({ failed: 'ECONNREFUSED' }),
      }
      const exchange = how.tcp
        ? new TcpExchange(address, query, callbacks, this.#deps)
        : exchangeDatagrams(address, query, callbacks)
    })
  }
}

const FORMERR = 1
const NXDOMAIN = 3

/** The server cannot, but another one may. */
const ASK_ANOTHER: Readonly<Record<number, string>> = {
  2: 'ESERVFAIL',
  4: 'ENOTIMP',
  5: 'EREFUSED',
}

function resultOf({ code, addresses }: DnsAnswer): DnsQueryResult {
  if (code === NXDOMAIN) return { code: 'ENOTFOUND' }
  if (code === FORMERR) return { code: 'EFORMERR' }
  if (code !== 0) return { code: 'EBADRESP' }
  return addresses.length === 0 ? { code: 'ENODATA' } : { code: undefined, records: addresses }
}

/** Not to be guessed by who would answer in a server's place. */
function randomId(): number {
  return crypto.getRandomValues(new Uint16Array(1))[0]!
}
