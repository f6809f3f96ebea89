/* One backend that is many hosts: it says at which of its addresses it was reached, so that one port serves both sides. */
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import type { Side } from './side.ts'

const HEADERS_END = '\r\n\r\n'
const HOSTS = '127.0.1.'

export class AddressedBackend {
  port = 0
  #server: Server | undefined = undefined

  async start(): Promise<void> {
    const server = createServer((socket) => {
      socket.setNoDelay(true)
      const { localAddress = '' } = socket
      const reply = `HTTP/1.1 200 OK\r\ncontent-length: ${localAddress.length}${HEADERS_END}${localAddress}`
      socket.on('data', (data) => socket.write(reply.repeat(data.toString('latin1').split(HEADERS_END).length - 1)))
      socket.on('error', () => undefined)
    })
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
    this.port = (server.address() as AddressInfo).port
    this.#server = server
  }

  close(): void {
    this.#server?.close()
  }

  /** `host` counts from 1. */
  endpoint(host: number, hostname = ''): object {
    return { hostname, address: { socket_address: { address: `${HOSTS}${host}`, port_value: this.port } } }
  }
}

/** The last part of the address of the host that each of `count` requests came to, with `x-key` from `key-0` on; `<body>` of others. */
export async function hostsOf(side: Side, path: string, count: number): Promise<string> {
  const socket = connect(side.proxy.port('front'), '127.0.0.1')
  let received = ''
  let hosts = ''
  try {
    return await new Promise((resolve, reject) => {
      let sent = 0
      const sendMore = (): void => {
        const until = Math.min(count, sent + 100)
        let requests = ''
        for (; sent < until; sent++) requests += `GET ${path} HTTP/1.1\r\nhost: a\r\nx-key: key-${sent}${HEADERS_END}`
        socket.write(requests)
      }
      socket.on('error', reject)
      socket.on('close', () => reject(new Error(`closed after ${hosts.length} of ${sent}: ${received.slice(0, 200)}`)))
      socket.on('data', (data) => {
        received += data.toString('latin1')
        for (;;) {
          const end = received.indexOf(HEADERS_END)
          if (end < 0) return
          const length = Number(/content-length: (\d+)/.exec(received)?.[1])
          const from = end + HEADERS_END.length
          if (received.length < from + length) return
          const body = received.slice(from, from + length)
          received = received.slice(from + length)
          hosts += body.startsWith(HOSTS) ? body.slice(HOSTS.length) : `<${body}>`
          if (hosts.length < sent) continue
          if (sent >= count) return resolve(hosts)
          sendMore()
        }
      })
      sendMore()
    })
  } finally {
    socket.removeAllListeners('close')
    socket.destroy()
  }
}
