/** Bytes pass as they are. */
import type { TransportConnection, TransportSocket } from '../../../api/transport-socket.ts'

export class PlainSocket implements TransportSocket {
  start(_connection: TransportConnection, done: () => void): void {
    done()
  }
}
