/**
 * Asks a proxy for the host by CONNECT. As in Envoy the connection counts as made before the proxy has answered: what its user
 * writes meanwhile waits, and whatever is no 200 ends it.
 */
import type { ByteQueue } from '../../../api/bytes.ts'
import type { FilterStatus, ReadFilter, WriteFilter } from '../../../api/network.ts'
import type { TransportConnection, TransportSocket } from '../../../api/transport-socket.ts'
import { ByteQueue as Bytes } from '../../../base/byte-queue.ts'

/** Of the answer's head. */
const MAX_HEAD_BYTES = 2000
const HEAD_END = '\r\n\r\n'
const SUCCESS = /^HTTP\/1\.[01] 200(?:[ \r])/

export class ConnectSocket implements TransportSocket, ReadFilter, WriteFilter {
  readonly #target: string
  readonly #inner: TransportSocket | undefined
  #connection: TransportConnection | undefined = undefined
  #state: 'begins' | 'asked' | 'open' = 'begins'
  #held: ByteQueue | undefined = undefined

  /** `target`: host and port. */
  constructor(target: string, inner: TransportSocket | undefined) {
    this.#target = target
    this.#inner = inner
  }

  start(connection: TransportConnection, done: (failure?: string) => void): void {
    this.#connection = connection
    connection.addReadFilter(this)
    connection.addWriteFilter(this)
    connection.write(`CONNECT ${this.#target} HTTP/1.1\r\nHost: ${this.#target}${HEAD_END}`)
    this.#state = 'asked'
    if (this.#inner === undefined) done()
    else this.#inner.start(connection, done)
  }

  onNewConnection(): FilterStatus {
    return 'continue'
  }

  onData(data: ByteQueue, end: boolean): FilterStatus {
    if (this.#state === 'open') return 'continue'
    const head = headIn(data)
    if (head === undefined && data.length < MAX_HEAD_BYTES && !end) return 'stop'
    if (head === undefined || !SUCCESS.test(head)) {
      this.#connection?.close('no-flush')
      return 'stop'
    }
    data.drain(head.length)
    this.#state = 'open'
    const held = this.#held
    this.#held = undefined
    for (let piece = held?.shift(); piece !== undefined; piece = held?.shift()) this.#connection?.write(piece)
    return 'continue'
  }

  onWrite(data: ByteQueue): FilterStatus {
    if (this.#state !== 'asked') return 'continue'
    data.moveTo((this.#held ??= new Bytes()))
    return 'stop'
  }
}

/** The whole head with its end; undefined while it is incomplete. */
function headIn(data: ByteQueue): string | undefined {
  const start = Buffer.from(data.linearize().subarray(0, MAX_HEAD_BYTES)).latin1Slice()
  const end = start.indexOf(HEAD_END)
  return end < 0 ? undefined : start.slice(0, end + HEAD_END.length)
}
