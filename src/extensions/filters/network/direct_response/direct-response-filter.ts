/** Answers a connection with what is configured, and ends it. */
import type { ByteQueue } from '../../../../api/bytes.ts'
import type { Connection, FilterStatus, ReadFilter } from '../../../../api/network.ts'

export class DirectResponseFilter implements ReadFilter {
  readonly #connection: Connection
  readonly #response: Uint8Array

  constructor(connection: Connection, response: Uint8Array) {
    this.#connection = connection
    this.#response = response
  }

  onNewConnection(): FilterStatus {
    const connection = this.#connection
    connection.streamInfo.responseCodeDetails = 'direct_response'
    connection.countStreamBytes(0, this.#response.length)
    connection.write(this.#response)
    connection.close('flush-write')
    return 'stop'
  }

  onData(data: ByteQueue): FilterStatus {
    data.clear()
    return 'stop'
  }
}
