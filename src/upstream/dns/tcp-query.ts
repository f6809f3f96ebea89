/** One question to a DNS server over a connection of its own (RFC 7766 §6.2.1 would allow more). */
import type { ByteQueue } from '../../api/bytes.ts'
import type { Dispatcher, Timer } from '../../api/event.ts'
import type { ConnectionCallbacks, ConnectionEvent, FilterStatus, IpAddress, ReadFilter } from '../../api/network.ts'
import type { DnsAnswer } from '../../codec/dns/dns-answer.ts'
import { decodeDnsAnswer } from '../../codec/dns/dns-answer.ts'
import type { AddressType } from '../../codec/dns/dns-query.ts'
import { encodeDnsQuery } from '../../codec/dns/dns-query.ts'
import type { Connect, UpstreamConnection } from '../pool/upstream-connection.ts'

export interface TcpQueryDeps {
  readonly dispatcher: Dispatcher
  readonly connect: Connect
}

export interface Question {
  readonly id: number
  readonly name: string
  readonly type: AddressType
}

/** In the words of c-ares. */
export type TcpQueryResult = DnsAnswer | 'ETIMEOUT' | 'ECONNREFUSED' | 'EBADRESP'

const LENGTH_PREFIX = 2
const BUFFER_LIMIT = 65_536

/** Never called back before it returns. */
export function askOverTcp(
  server: IpAddress,
  question: Question,
  timeoutMs: number,
  deps: TcpQueryDeps,
): Promise<TcpQueryResult> {
  return new Promise((resolve) => void new TcpQuery(server, question, timeoutMs, deps, resolve))
}

class TcpQuery implements ConnectionCallbacks, ReadFilter {
  readonly #question: Question
  readonly #onResult: (result: TcpQueryResult) => void
  readonly #connection: UpstreamConnection
  readonly #timer: Timer
  #over = false

  constructor(
    server: IpAddress,
    question: Question,
    timeoutMs: number,
    { dispatcher, connect }: TcpQueryDeps,
    onResult: (result: TcpQueryResult) => void,
  ) {
    this.#question = question
    this.#onResult = onResult
    this.#timer = dispatcher.timer(() => this.#end('ETIMEOUT'))
    this.#timer.enable(timeoutMs)
    this.#connection = connect(dispatcher, { address: server, bufferLimit: BUFFER_LIMIT })
    this.#connection.addCallbacks(this)
    this.#connection.addReadFilter(this)
  }

  onEvent(event: ConnectionEvent): void {
    if (event !== 'connected') return this.#end('ECONNREFUSED')
    this.#connection.initializeReadFilters()
    const { id, name, type } = this.#question
    const query = encodeDnsQuery(id, name, type)
    const prefix = Buffer.alloc(LENGTH_PREFIX)
    prefix.writeUInt16BE(query.length)
    this.#connection.write(Buffer.concat([prefix, query]))
  }

  onNewConnection(): FilterStatus {
    return 'continue'
  }

  /** What came so far stays in `data` until the answer is whole. */
  onData(data: ByteQueue): FilterStatus {
    const bytes = Buffer.from(data.linearize())
    if (bytes.length < LENGTH_PREFIX || bytes.length < LENGTH_PREFIX + bytes.readUInt16BE(0)) return 'stop'
    data.drain(data.length)
    const answer = decodeDnsAnswer(bytes.subarray(LENGTH_PREFIX), this.#question.type)
    this.#end(answer === undefined || answer.id !== this.#question.id ? 'EBADRESP' : answer)
    return 'stop'
  }

  onAboveHighWatermark(): void {}

  onBelowLowWatermark(): void {}

  #end(result: TcpQueryResult): void {
    if (this.#over) return
    this.#over = true
    this.#timer.disable()
    this.#connection.close('no-flush')
    this.#onResult(result)
  }
}
