/* A DNS server over UDP and TCP for tests: it answers from a table that the test changes, and remembers what it was asked. */
import type { AddressInfo, Server, Socket } from 'node:net'
import { createServer } from 'node:net'

export interface DnsZone {
  [name: string]: DnsRecords
}

export interface DnsRecords {
  readonly a?: readonly string[]
  /** Sixteen bytes each. */
  readonly aaaa?: readonly (readonly number[])[]
  readonly ttlS?: number
  /** RFC 1035 §4.1.1: 2 is a failure of the server; 0 by default, 3 for names that are not in the table. */
  readonly code?: number
  /** Of questions for AAAA. */
  readonly aaaaCode?: number
  /** The name is another one's; its own record holds for `cnameTtlS`. */
  readonly cname?: string
  readonly cnameTtlS?: number
  readonly delayMs?: number
  /** No answer. */
  readonly mute?: boolean
  /** Over UDP: that the answer is longer than what fits. */
  readonly truncated?: boolean
  /** Questions with options (RFC 6891) are answered with FORMERR. */
  readonly withoutEdns?: boolean
  /** The answer is to another question: its id is off by one. */
  readonly wrongId?: boolean
}

export interface ZoneDnsServer extends AsyncDisposable {
  readonly port: number
  zone: DnsZone
  /** `A name` or `AAAA name`, in order. */
  readonly asked: string[]
  /** The same with what they came over and which size of answers they allow: `tcp A name edns=1232`. */
  readonly heard: string[]
}

const TYPES: Readonly<Record<number, 'A' | 'AAAA'>> = { 1: 'A', 28: 'AAAA' }
const FORMERR = 1

export async function zoneDnsServer(zone: DnsZone, address = '127.0.0.1'): Promise<ZoneDnsServer> {
  const heard: string[] = []
  const asked: string[] = []
  const server = { zone }
  let isOpen = true
  const respond = (query: Buffer, tcp: boolean, send: (answer: Buffer) => void): void => {
    const question = questionIn(query)
    const { name, type, ednsSize } = question
    asked.push(`${type ?? 'other'} ${name}`)
    heard.push(`${tcp ? 'tcp' : 'udp'} ${type ?? 'other'} ${name}${ednsSize === undefined ? '' : ` edns=${ednsSize}`}`)
    const records = server.zone[name] ?? { code: 3 }
    if (records.mute === true) return
    const reply = answer(query, question, server.zone, records, tcp)
    if (records.delayMs === undefined) send(reply)
    else setTimeout(() => isOpen && send(reply), records.delayMs)
  }
  const open = new Set<Socket>()
  const tcp = await tcpServer(address, open, respond)
  const { port } = tcp.address() as AddressInfo
  const socket = await Bun.udpSocket({
    hostname: address,
    port,
    socket: {
      data: (own, data, from, host) => respond(Buffer.from(data), false, (reply) => void own.send(reply, from, host)),
      // Whoever asked does not wait any more.
      error: () => undefined,
    },
  })
  return Object.assign(server, {
    port,
    asked,
    heard,
    [Symbol.asyncDispose]: async () => {
      isOpen = false
      socket.close()
      for (const one of open) one.destroy()
      await new Promise<void>((resolve) => tcp.close(() => resolve()))
    },
  })
}

async function tcpServer(
  address: string,
  open: Set<Socket>,
  respond: (query: Buffer, tcp: boolean, send: (answer: Buffer) => void) => void,
): Promise<Server> {
  const server = createServer((socket) => {
    let received = Buffer.alloc(0)
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0)
        const query = Buffer.from(received.subarray(2, end))
        received = received.subarray(end)
        respond(query, true, (reply) => {
          const length = Buffer.alloc(2)
          length.writeUInt16BE(reply.length)
          socket.write(Buffer.concat([length, reply]))
        })
      }
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, address, resolve)
  })
  return server
}

interface Question {
  readonly name: string
  readonly type: 'A' | 'AAAA' | undefined
  /** Where the question ends. */
  readonly end: number
  readonly ednsSize: number | undefined
}

function questionIn(query: Buffer): Question {
  const labels: string[] = []
  let at = 12
  for (let length = query[at] ?? 0; length !== 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  const end = at + 5
  const hasOptions = query.readUInt16BE(10) > 0
  return {
    name: labels.join('.').toLowerCase(),
    type: TYPES[query.readUInt16BE(at + 1)],
    end,
    // Its name is the root, its class the size.
    ednsSize: hasOptions ? query.readUInt16BE(end + 3) : undefined,
  }
}

function answer(
  query: Buffer,
  { type, end, ednsSize }: Question,
  zone: DnsZone,
  asked: DnsRecords,
  tcp: boolean,
): Buffer {
  const isTruncated = asked.truncated === true && !tcp
  const aliases: Buffer[] = []
  let records = asked
  let owner = 12
  while (records.cname !== undefined) {
    const target = encodedName(records.cname)
    const length = aliases.reduce((total, alias) => total + alias.length, 0)
    aliases.push(record(owner, 5, records.cnameTtlS ?? 60, target))
    // A pointer to the target in the record just written (RFC 1035 §4.1.4).
    owner = end + length + 12
    records = zone[records.cname] ?? { code: 3 }
  }
  const code =
    asked.withoutEdns === true && ednsSize !== undefined
      ? FORMERR
      : ((type === 'AAAA' ? records.aaaaCode : undefined) ?? records.code ?? 0)
  const v4 = (records.a ?? []).map((ip) => ip.split('.').map(Number))
  const found = code !== 0 || type === undefined || isTruncated ? [] : type === 'A' ? v4 : (records.aaaa ?? [])
  const sent = [
    ...(isTruncated ? [] : aliases),
    ...found.map((bytes) => record(owner, type === 'A' ? 1 : 28, records.ttlS ?? 60, Buffer.from(bytes))),
  ]
  const header = Buffer.from(query.subarray(0, 12))
  if (asked.wrongId === true) header.writeUInt16BE((header.readUInt16BE(0) + 1) & 0xffff, 0)
  header[2] = 0x80 | (isTruncated ? 2 : 0) | (header[2]! & 1)
  header[3] = 0x80 | code
  header.writeUInt16BE(sent.length, 6)
  header.writeUInt16BE(0, 8)
  header.writeUInt16BE(0, 10)
  return Buffer.concat([header, query.subarray(12, end), ...sent])
}

function record(owner: number, type: number, ttlS: number, data: Buffer): Buffer {
  const head = Buffer.alloc(12)
  head.writeUInt16BE(0xc000 | owner, 0)
  head.writeUInt16BE(type, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt32BE(ttlS, 6)
  head.writeUInt16BE(data.length, 10)
  return Buffer.concat([head, data])
}

function encodedName(name: string): Buffer {
  const labels = name
    .split('.')
    .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')]))
  return Buffer.concat([...labels, Buffer.from([0])])
}
