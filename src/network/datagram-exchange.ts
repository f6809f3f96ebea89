/** A datagram to a server, and what comes back: over a socket of its own, whose port nobody knows before. */
import type { IpAddress } from '../api/network.ts'

/** Neither is called before the exchange is made. */
export interface ExchangeCallbacks {
  /** A whole message of the server. */
  onMessage(message: Buffer): void
  /** It is not there. */
  onError(): void
}

export interface Exchange {
  close(): void
}

async function open(server: IpAddress, query: Buffer, callbacks: ExchangeCallbacks): Promise<Exchange> {
  const socket = await Bun.udpSocket({
    hostname: server.family === 6 ? '::' : '0.0.0.0',
    connect: { hostname: server.ip, port: server.port },
    socket: {
      data: (_socket, message) => callbacks.onMessage(Buffer.from(message)),
      error: () => callbacks.onError(),
    },
  })
  try {
    socket.send(query)
  } catch {
    callbacks.onError()
  }
  return socket
}

/** The runtime opens a socket while we go on. */
export function exchangeDatagrams(server: IpAddress, query: Buffer, callbacks: ExchangeCallbacks): Exchange {
  const opened = open(server, query, callbacks)
  opened.catch(() => callbacks.onError())
  return { close: () => void opened.then((socket) => socket.close()).catch(() => undefined) }
}
