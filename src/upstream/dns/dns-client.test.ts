import { afterAll, afterEach, describe, expect, test } from 'bun:test'
import { LiveDispatcher } from '../../event/live-dispatcher.ts'
import { systemRandom } from '../../event/random.ts'
import { connectTo } from '../../network/client-connection.ts'
import { DnsQuery } from './dns-client.ts'
import type { DnsQueryResult } from './dns-client.ts'
import type { Family } from './hosts-file.ts'
import { NameServerPool } from './name-server-pool.ts'
import { nameServersIn } from './name-servers.ts'

const FORMERR = 1
const SERVFAIL = 2
const NXDOMAIN = 3
const REFUSED = 5
const IPV4 = [0, 1, 0, 1, 0, 0, 0, 60, 0, 4]
const ALIAS = [0, 5, 0, 1, 0, 0, 0, 1, 0, 3, 1, 0x78, 0]

/** What a server makes of a query: whole messages, one after the other. */
type Server = (query: Buffer) => readonly Buffer[]

const dispatcher = new LiveDispatcher('main_thread')
const deps = { dispatcher, connect: connectTo, random: systemRandom }
const closers: (() => void)[] = []

afterAll(() => dispatcher.close())

afterEach(() => {
  for (const close of closers.splice(0)) close()
})

/** The question with an answer: records without their name, which is that of the question. */
function reply(
  query: Buffer,
  more: { code?: number; flags?: number; records?: readonly (readonly number[])[] },
): Buffer {
  const { code = 0, flags = 0x80, records = [] } = more
  const message = Buffer.from(query.subarray(0, questionEnd(query)))
  message[2] = flags
  message[3] = code
  message.writeUInt16BE(records.length, 6)
  message.writeUInt16BE(0, 10)
  return Buffer.concat([message, ...records.map((record) => Buffer.from([0xc0, 12, ...record]))])
}

function questionEnd(query: Buffer): number {
  return query.indexOf(0, 12) + 5
}

async function udp(server: Server, port = 0): Promise<string> {
  const socket = await Bun.udpSocket({
    hostname: '127.0.0.1',
    port,
    socket: {
      data: (own, data, port, address) => {
        for (const message of server(Buffer.from(data))) own.send(message, port, address)
      },
    },
  })
  closers.push(() => socket.close())
  return `127.0.0.1:${socket.port}`
}

/** A server for what does not fit; its port. */
function tcp(server: Server): number {
  const listener = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      data: (socket, data) => {
        for (const message of server(Buffer.from(data.subarray(2)))) {
          // In pieces.
          socket.write(Buffer.from([message.length >> 8]))
          socket.flush()
          socket.write(Buffer.concat([Buffer.from([message.length & 0xff]), message]))
        }
      },
    },
  })
  closers.push(() => listener.stop(true))
  return listener.port
}

function ask(servers: readonly string[], more: { family?: Family; overTcp?: boolean; tries?: number } = {}) {
  const { family = 4, overTcp = false, tries = 1 } = more
  const pool = poolOf(servers, 250)
  return new DnsQuery({ pool, tries, overTcp, ednsSize: 1232 }, 'Some.test', family, deps).ask()
}

function poolOf(servers: readonly string[], timeoutMs: number): NameServerPool {
  return new NameServerPool({ servers, rotates: false, timeoutMs }, systemRandom)
}

function found(...ips: readonly string[]): DnsQueryResult {
  return { code: undefined, records: ips.map((ip) => ({ ip, ttlS: 60 })) }
}

const right: Server = (query) => [reply(query, { records: [[...IPV4, 192, 0, 2, 1]] })]
const mute: Server = () => []

describe('answers', () => {
  test('addresses in their order, behind aliases, of the family that was asked for', async () => {
    const server = await udp((query) => {
      const alias = reply(query, { records: [ALIAS, [...IPV4, 192, 0, 2, 2], [...IPV4, 192, 0, 2, 1]] })
      return [alias]
    })
    // No longer than the alias.
    const records = ['192.0.2.2', '192.0.2.1'].map((ip) => ({ ip, ttlS: 1 }))
    expect(await ask([server])).toEqual({ code: undefined, records })
    expect(await ask([server], { family: 6 })).toEqual({ code: 'ENODATA' })
  })

  test('IPv6 addresses; a TTL that is none', async () => {
    const ip = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    const server = await udp((query) => [reply(query, { records: [[0, 28, 0, 1, 0x80, 0, 0, 1, 0, 16, ...ip]] })])
    expect(await ask([server], { family: 6 })).toEqual({ code: undefined, records: [{ ip: '2001:db8::1', ttlS: 0 }] })
  })

  test('nothing there is not nothing of this kind', async () => {
    expect(await ask([await udp((query) => [reply(query, { code: NXDOMAIN })])])).toEqual({ code: 'ENOTFOUND' })
    expect(await ask([await udp((query) => [reply(query, {})])])).toEqual({ code: 'ENODATA' })
  })

  test('what answers something else is not heard', async () => {
    const server = await udp((query) => {
      const [answer] = right(query)
      const otherId = Buffer.from(answer!)
      otherId[0]! ^= 1
      const otherName = Buffer.from(answer!)
      otherName[13] = 0x78
      const lowerCase = Buffer.from(answer!.toString('latin1').replace('Some', 'sOME'), 'latin1')
      const wrong = reply(query, { code: NXDOMAIN, flags: 0 })
      return [Buffer.from([1]), otherId, otherName, wrong, query, lowerCase]
    })
    expect(await ask([server])).toEqual(found('192.0.2.1'))
  })

  test('other codes are as good as no record', async () => {
    expect(await ask([await udp((query) => [reply(query, { code: 9 })])])).toEqual({ code: 'ENODATA' })
  })

  test('what makes no sense', async () => {
    for (const record of [[...IPV4, 1, 2], [0], IPV4.slice(0, 9)]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await ask([await udp((query) => [reply(query, { records: [record] })])])).toEqual({ code: 'EBADRESP' })
    }
  })
})

describe('servers', () => {
  test('the next one is asked when one is silent, cannot, or is not there', async () => {
    const gone = await udp(mute)
    closers.pop()!()
    const failing = await udp((query) => [reply(query, { code: SERVFAIL })])
    expect(await ask([await udp(mute), failing, gone, await udp(right)])).toEqual(found('192.0.2.1'))
    expect(await ask([failing])).toEqual({ code: 'ESERVFAIL' })
    expect(await ask([failing, await udp((query) => [reply(query, { code: REFUSED })])])).toEqual({ code: 'EREFUSED' })
    expect(await ask([gone])).toEqual({ code: 'ECONNREFUSED' })
  })

  test('each round takes twice as long', async () => {
    const asked: number[] = []
    const server = await udp(() => {
      asked.push(performance.now())
      return []
    })
    const started = performance.now()
    expect(await ask([server], { tries: 3 })).toEqual({ code: 'ETIMEOUT' })
    expect(asked.length).toBe(3)
    expect(performance.now() - started).toBeGreaterThan(700)
  })

  test('one that knows no EDNS is asked without', async () => {
    const sizes: number[] = []
    const server = await udp((query) => {
      sizes.push(query.length - questionEnd(query))
      return sizes.length === 1 ? [reply(query, { code: FORMERR })] : right(query)
    })
    expect(await ask([server])).toEqual(found('192.0.2.1'))
    expect(sizes).toEqual([11, 0])
    expect(await ask([await udp((query) => [reply(query, { code: FORMERR })])])).toEqual({ code: 'EFORMERR' })
  })

  test('what does not fit comes by TCP; TCP only', async () => {
    const server = await udp((query) => [reply(query, { flags: 0x82 })], tcp(right))
    expect(await ask([server])).toEqual(found('192.0.2.1'))
    expect(await ask([server], { overTcp: true })).toEqual(found('192.0.2.1'))
    expect(await ask([await udp(right)], { overTcp: true })).toEqual({ code: 'ECONNREFUSED' })
  })

  test('who cancels is answered at once', async () => {
    const query = new DnsQuery(
      { pool: poolOf([await udp(mute)], 60_000), tries: 9, overTcp: false, ednsSize: undefined },
      'a',
      4,
      deps,
    )
    const answer = query.ask()
    query.cancel()
    expect(await answer).toEqual({ code: 'ECANCELLED' })
  })
})

test('resolv.conf', () => {
  const text = '# nameserver 1.1.1.1\nnameserver 10.0.0.10\n\tnameserver ::1 # comment\nnameserver x\noptions ndots:5\n'
  expect(nameServersIn(text)).toEqual(['10.0.0.10:53', '[::1]:53'])
})
