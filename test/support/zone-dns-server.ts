/* A DNS server over UDP for tests: it answers from a table that the test changes, and remembers what it was asked. */

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
}

export interface ZoneDnsServer extends AsyncDisposable {
  readonly port: number
  zone: DnsZone
  /** `A name` or `AAAA name`, in order. */
  readonly asked: string[]
}

const TYPES: Readonly<Record<number, 'A' | 'AAAA'>> = { 1: 'A', 28: 'AAAA' }

export async function zoneDnsServer(zone: DnsZone): Promise<ZoneDnsServer> {
  const asked: string[] = []
  const server = { zone }
  const socket = await Bun.udpSocket({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      data: (own, data, port, address) => void own.send(answer(Buffer.from(data), server.zone, asked), port, address),
    },
  })
  return Object.assign(server, {
    port: socket.port,
    asked,
    [Symbol.asyncDispose]: async () => socket.close(),
  })
}

function answer(query: Buffer, zone: DnsZone, asked: string[]): Buffer {
  const labels: string[] = []
  let at = 12
  for (let length = query[at] ?? 0; length !== 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  const name = labels.join('.').toLowerCase()
  const type = TYPES[query.readUInt16BE(at + 1)]
  asked.push(`${type ?? 'other'} ${name}`)
  const records = zone[name]
  const { code = 0, ttlS = 60, a = [], aaaa = [] } = records ?? { code: 3 }
  const v4 = a.map((ip) => ip.split('.').map(Number))
  const found = code !== 0 || type === undefined ? [] : type === 'A' ? v4 : aaaa
  const header = Buffer.from(query.subarray(0, 12))
  header[2] = 0x80 | (header[2]! & 1)
  header[3] = 0x80 | code
  header.writeUInt16BE(found.length, 6)
  header.writeUInt16BE(0, 8)
  header.writeUInt16BE(0, 10)
  const sent = found.map((bytes) => {
    const fixed = Buffer.from([0xc0, 12, 0, type === 'A' ? 1 : 28, 0, 1, 0, 0, 0, 0, 0, bytes.length])
    fixed.writeUInt32BE(ttlS, 6)
    return Buffer.concat([fixed, Buffer.from(bytes)])
  })
  return Buffer.concat([header, query.subarray(12, at + 5), ...sent])
}
