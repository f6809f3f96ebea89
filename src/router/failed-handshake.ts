/**
 * An upstream that neither accepts a WebSocket nor says what is wrong: its head goes to the client in an answer of ours, and
 * its body is not for the client.
 */
import type { ResponseHeaders } from '../api/headers.ts'
import type { LocalReply } from '../api/http.ts'

const FRAMING: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding'])

export function failedHandshake(response: ResponseHeaders): LocalReply {
  return {
    status: response.status,
    body: '',
    details: 'websocket_handshake_unsuccessful',
    modifyHeaders: (reply) => {
      response.forEach((name, value) => {
        if (!FRAMING.has(name)) reply.add(name, value)
      })
    },
  }
}
