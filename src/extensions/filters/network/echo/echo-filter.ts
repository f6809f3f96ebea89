/** Sends back what it receives; the end of the client is the end of the connection. */
import type { ByteQueue } from '../../../../api/bytes.ts'
import type { Connection, FilterStatus, ReadFilter } from '../../../../api/network.ts'

export class EchoFilter implements ReadFilter {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  get keepsNoData(): boolean {
    return true
  }

  onNewConnection(): FilterStatus {
    return 'continue'
  }

  onData(data: ByteQueue): FilterStatus {
    this.#connection.countStreamBytes(data.length, data.length)
    for (let piece = data.shift(); piece !== undefined; piece = data.shift()) this.#connection.write(piece)
    return 'stop'
  }
}
