/*
 * A DNS server on a loopback port that answers by the first part of a name: `nx` there is no such name, `empty` it has no
 * address, `fail` an error, `mute` nothing at all, `slow` after a while, `two` two addresses, `turns` one of them by turns; any
 * other one has 127.0.0.1. A number in it (`a-2.test`) is the TTL in seconds; 60 otherwise. There are no IPv6 addresses.
 */

const NX = 3
const SERVFAIL = 2
const SLOW_MS = 300

export class DnsServer {
  port = 0
  /** Names that were asked for. */
  readonly asked: string[] = []
  #socket: Bun.udp.Socket<'buffer'> | undefined = undefined
  readonly #turns = new Map<string, number>()

  async start(): Promise<void> {
    this.#socket = await Bun.udpSocket({
      hostname: '127.0.0.1',
      port: 0,
      socket: {
        data: (_socket, query, port, address) => this.#answer(Buffer.from(query), port, address),
        // Whoever asked does not wait any more.
        error: () => undefined,
      },
    })
    this.port = this.#socket.port
  }

  close(): void {
    this.#socket?.close()
  }

  #turn(name: string): number {
    const turn = this.#turns.get(name) ?? 0
    this.#turns.set(name, turn + 1)
    return turn % 2
  }

  #answer(query: Buffer, port: number, address: string): void {
    const { name, end } = nameIn(query)
    this.asked.push(name)
    const send = (code: number, hosts: readonly number[]): void => {
      this.#socket?.send(response(query, end, code, hosts, Number(/-(\d+)/.exec(name)?.[1] ?? 60)), port, address)
    }
    const isIPv4 = query.readUInt16BE(end) === 1
    if (name.startsWith('mute')) return
    if (name.startsWith('nx')) return send(NX, [])
    if (name.startsWith('fail')) return send(SERVFAIL, [])
    if (!isIPv4 || name.startsWith('empty')) return send(0, [])
    if (name.startsWith('slow')) return void setTimeout(() => send(0, [1]), SLOW_MS)
    if (name.startsWith('turns')) return send(0, [1 + this.#turn(name)])
    send(0, name.startsWith('two') ? [1, 2] : [1])
  }
}

/** The name asked for, and where its type stands. */
function nameIn(query: Buffer): { readonly name: string; readonly end: number } {
  const labels: string[] = []
  let at = 12
  for (let length = query[at]!; length > 0; length = query[at]!) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: labels.join('.'), end: at + 1 }
}

/** `hosts`: last parts of addresses of 127.0.0.0. */
function response(query: Buffer, end: number, code: number, hosts: readonly number[], ttl: number): Buffer {
  const head = Buffer.from(query.subarray(0, end + 4))
  head.writeUInt16BE(0x8180 | code, 2)
  head.writeUInt16BE(hosts.length, 6)
  head.writeUInt32BE(0, 8)
  const records = hosts.map((host) => {
    const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, host])
    record.writeUInt32BE(ttl, 6)
    return record
  })
  return Buffer.concat([head, ...records])
}
