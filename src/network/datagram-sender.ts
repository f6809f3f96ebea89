/** Sends datagrams to one address and never hears of them again. */
import type { IpAddress } from '../api/network.ts'

/** What is sent before the socket is there waits for it, up to so many. */
const MOST_WAITING = 4096

interface OpenSocket {
  send(text: string, port: number, address: string): boolean
  close(): void
}

export class DatagramSender {
  readonly #to: IpAddress
  #socket: OpenSocket | undefined = undefined
  #waiting: string[] = []
  #closed = false

  /** A system that gives no socket is as a receiver that is not there: what is sent is lost. */
  constructor(to: IpAddress) {
    this.#to = to
    const hostname = to.family === 4 ? '0.0.0.0' : '::'
    // Without a handler the runtime ends the process when nobody listens there.
    Bun.udpSocket({ hostname, socket: { error: () => undefined } }).then(
      (socket) => this.#onOpen(socket),
      () => this.close(),
    )
  }

  /** Text goes as UTF-8. What does not fit into the kernel's buffer is lost. */
  send(text: string): void {
    if (this.#socket !== undefined) trySend(this.#socket, text, this.#to)
    else if (!this.#closed && this.#waiting.length < MOST_WAITING) this.#waiting.push(text)
  }

  close(): void {
    this.#closed = true
    this.#waiting = []
    this.#socket?.close()
    this.#socket = undefined
  }

  #onOpen(socket: OpenSocket): void {
    if (this.#closed) return socket.close()
    this.#socket = socket
    const waiting = this.#waiting
    this.#waiting = []
    for (const text of waiting) this.send(text)
  }
}

/** It throws what the kernel says, also of datagrams before (nobody listens there). */
function trySend(socket: OpenSocket, text: string, { port, ip }: IpAddress): void {
  try {
    socket.send(text, port, ip)
  } catch {
    // As lost as any other datagram.
  }
}
