/** One question to a DNS server over a connection of its own (RFC 7766 §6.2.1 would allow more). */
import type { ByteQueue } from '../../api/bytes.ts'
import type { Dispatcher } from '../../api/event.ts'
import type { ConnectionCallbacks, ConnectionEvent, FilterStatus, IpAddress, ReadFilter } from '../../api/network.ts'
import type { Exchange, ExchangeCallbacks } from '../../network/datagram-exchange.ts'
import type { Connect, UpstreamConnection } from '../pool/upstream-connection.ts'

const LENGTH_PREFIX = 2
const BUFFER_LIMIT = 65_536

export class TcpExchange implements Exchange, ConnectionCallbacks, ReadFilter {
  readonly #query: Buffer
  readonly #callbacks: ExchangeCallbacks
  readonly #connection: UpstreamConnection

  constructor(
    server: IpAddress,
    query: Buffer,
    callbacks: ExchangeCallbacks,
    { dispatcher, connect }: { readonly dispatcher: Dispatcher; readonly connect: Connect },
  ) {
    this.#query = query
    this.#callbacks = callbacks
    this.#connection = connect(dispatcher, { address: server, bufferLimit: BUFFER_LIMIT })
    this.#connection.addCallbacks(this)
    this.#connection.addReadFilter(this)
  }

  close(): void {
    this.#connection.close('no-flush')
  }

  onEvent(event: ConnectionEvent): void {
    if (event !== 'connected') return this.#callbacks.onError()
    this.#connection.initializeReadFilters()
    const prefix = Buffer.alloc(LENGTH_PREFIX)
    prefix.writeUInt16BE(this.#query.length)
    this.#connection.write(Buffer.concat([prefix, this.#query]))
  }

  onNewConnection(): FilterStatus {
    return 'continue'
  }

  /** What came so far stays in `data` until the answer is whole. */
  onData(data: ByteQueue): FilterStatus {
    const bytes = Buffer.from(data.linearize())
    if (bytes.length < LENGTH_PREFIX) return 'stop'
    const length = LENGTH_PREFIX + bytes.readUInt16BE(0)
    if (bytes.length < length) return 'stop'
    data.drain(data.length)
    this.#callbacks.onMessage(bytes.subarray(LENGTH_PREFIX, length))
    return 'stop'
  }

  onAboveHighWatermark(): void {}

  onBelowLowWatermark(): void {}
}
