/** One of a process's two sockets with the peer that it talks to: whole messages out and in. */
import type { UnixDatagramSocket } from '../../platform/unix-datagram.ts'
import { closeDescriptor } from '../../platform/socket-calls.ts'
import { DatagramAssembler, toDatagrams } from './framing.ts'
import type { HotRestartMessage } from './message.ts'
import { decodeMessage } from './message.ts'

export const ECONNREFUSED = 111
const ENOENT = 2

export interface ReceivedMessage {
  readonly message: HotRestartMessage
  /** Came with it and belongs to the receiver. */
  readonly fd: number | undefined
}

export interface MessageChannelDeps {
  readonly socket: UnixDatagramSocket
  readonly peer: string
  /** What came and is no message of the peer: told, and forgotten. */
  onGarbage(reason: string): void
}

export class MessageChannel {
  readonly #deps: MessageChannelDeps
  readonly #assembler = new DatagramAssembler()
  readonly #ownUid = process.getuid?.() ?? 0

  constructor(deps: MessageChannelDeps) {
    this.#deps = deps
  }

  /** 0 or an error number; ECONNREFUSED when the peer is not there. Each datagram waits a second at most. */
  send(message: Uint8Array, fd = -1): number {
    for (const datagram of toDatagrams(message)) {
      const error = this.#deps.socket.send(this.#deps.peer, datagram, fd)
      if (error !== 0) return error === ENOENT ? ECONNREFUSED : error
    }
    return 0
  }

  /** The next whole message, for which it waits up to `waitMs`; undefined when there is none. */
  receive(waitMs: number): ReceivedMessage | undefined {
    for (;;) {
      const datagram = this.#deps.socket.receive(waitMs)
      if (datagram === undefined) return undefined
      const message = this.#accept(datagram.bytes, datagram.uid)
      if (message !== undefined) return { message, fd: datagram.fd }
      if (datagram.fd !== undefined) closeDescriptor(datagram.fd)
    }
  }

  #accept(bytes: Uint8Array, uid: number | undefined): HotRestartMessage | undefined {
    // An abstract name has no permissions: anybody on the machine may send to it.
    if (uid !== undefined && uid !== this.#ownUid && uid !== 0) {
      this.#deps.onGarbage(`ignored a message of user ${uid}`)
      return undefined
    }
    try {
      const whole = this.#assembler.push(bytes)
      if (whole === undefined) return undefined
      const message = decodeMessage(whole)
      if (message === undefined) this.#deps.onGarbage('ignored bytes that are no message')
      return message
    } catch (error) {
      this.#deps.onGarbage((error as Error).message)
      return undefined
    }
  }
}
