import { afterAll, beforeAll, describe, expect, spyOn, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os, { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LiveDispatcher } from '../../event/live-dispatcher.ts'
import { systemRandom } from '../../event/random.ts'
import { connectTo } from '../../network/client-connection.ts'
import { StatsStore } from '../../stats/stats-store.ts'
import type { DnsLookupFamily } from '../config/dns-settings.ts'
import { DEFAULT_RESOLVER } from '../config/dns-settings.ts'
import type { DnsResult } from './dns-resolver.ts'
import { DnsStats } from './dns-stats.ts'
import { HostsFile } from './hosts-file.ts'
import { candidates, parseSearchList } from './search-list.ts'
import { SystemDnsResolver } from './system-dns-resolver.ts'

/** First labels of the names that were asked for. */
const asked: string[] = []

/** Answers A queries with 192.0.2.1 and AAAA with 2001:db8::1, by name: `v4only`, `none`, `broken`, or both. */
function answer(query: Buffer): Buffer {
  const labelLength = query[12]!
  const label = query.toString('latin1', 13, 13 + labelLength)
  asked.push(label)
  const type = query.readUInt16BE(query.indexOf(0, 12) + 1)
  const question = query.subarray(12, query.indexOf(0, 12) + 5)
  const header = Buffer.from(query.subarray(0, 12))
  header[2] = 0x81
  header[3] = label === 'broken' ? 0x82 : label === 'none' ? 0x83 : 0x80
  header.writeUInt16BE(0, 10) // no additional records
  const found = label !== 'broken' && label !== 'none' && (type === 1 || label !== 'v4only')
  header.writeUInt16BE(found ? 1 : 0, 6)
  if (!found) return Buffer.concat([header, question])
  const address = type === 1 ? [192, 0, 2, 1] : [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
  const record = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 42, 0, address.length, ...address])
  return Buffer.concat([header, question, record])
}

const dispatcher = new LiveDispatcher('main_thread')
let server: Bun.udp.Socket<'buffer'>
let directory: string
let resolver: SystemDnsResolver
let routable: SystemDnsResolver

beforeAll(async () => {
  server = await Bun.udpSocket({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      data: (socket, data, port, address) => {
        const message = answer(Buffer.from(data))
        // An answer that nobody waits for any more comes back as an error, after which this socket misses the next question.
        if (asked.at(-1) !== 'cancelled') socket.send(message, port, address)
      },
      error: () => undefined,
    },
  })
  directory = mkdtempSync(join(tmpdir(), 'hosts-'))
  const hosts = join(directory, 'hosts')
  writeFileSync(hosts, '# a comment\n10.9.9.9 Fixed.test alias # more\n')
  // Nobody is silent here, so whoever waits longer than a moment waits for this machine.
  const patience = { timeoutMs: 60_000, tries: 1 }
  const servers = [`127.0.0.1:${server.port}`]
  const settings = { ...DEFAULT_RESOLVER, ...patience, servers, useSearchDomains: false }
  const deps = { dispatcher, connect: connectTo, random: systemRandom }
  const make = (more: Partial<typeof settings>) =>
    new SystemDnsResolver({ ...settings, ...more }, new DnsStats(new StatsStore().root), deps, new HostsFile(hosts))
  resolver = make({})
  routable = make({ routableOnly: true })
})

afterAll(() => {
  server.close()
  dispatcher.close()
  rmSync(directory, { recursive: true })
})

function resolve(name: string, family: DnsLookupFamily, by = resolver): Promise<DnsResult> {
  return new Promise((done) => by.resolve(name, family, done))
}

async function ips(name: string, family: DnsLookupFamily, by = resolver): Promise<readonly string[] | string> {
  const result = await resolve(name, family, by)
  return result.status === 'completed' ? result.addresses.map(({ ip }) => ip) : result.detail
}

describe('lookups', () => {
  test('AUTO prefers IPv6 and falls back to IPv4', async () => {
    expect(await ips('both.test', 'AUTO')).toEqual(['2001:db8::1'])
    expect(await ips('v4only.test', 'AUTO')).toEqual(['192.0.2.1'])
    expect(await ips('both.test', 'V4_PREFERRED')).toEqual(['192.0.2.1'])
    expect(await ips('both.test', 'V4_ONLY')).toEqual(['192.0.2.1'])
    expect(await ips('v4only.test', 'V6_ONLY')).toEqual([])
    expect(await ips('both.test', 'ALL')).toEqual(['192.0.2.1', '2001:db8::1'])
  })

  test('what no interface leads to is not asked for', async () => {
    const address = { address: '192.0.2.7', netmask: '', mac: '', internal: false, cidr: null, family: 'IPv4' } as const
    const interfaces = spyOn(os, 'networkInterfaces').mockReturnValue({ eth0: [address] })
    asked.length = 0
    expect(await ips('both.test', 'AUTO', routable)).toEqual(['192.0.2.1'])
    expect(asked).toEqual(['both'])
    expect(await ips('both.test', 'ALL', routable)).toEqual(['192.0.2.1'])
    expect(await ips('none.test', 'AUTO', routable)).toEqual([])
    interfaces.mockReturnValue({})
    for (const family of ['AUTO', 'V6_ONLY'] as const) {
      expect(await ips('both.test', family, routable)).toBe('cares_failure:Unsupported address family')
    }
    interfaces.mockRestore()
  })

  test('the TTL comes along', async () => {
    expect(await resolve('both.test', 'V4_ONLY')).toMatchObject({ addresses: [{ ttlS: 42 }] })
  })

  test('no such name is an answer, a broken server is none', async () => {
    expect(await ips('none.test', 'AUTO')).toEqual([])
    expect(await ips('broken.test', 'AUTO')).toBe('cares_failure:DNS server returned general failure')
  })

  test('no such name is a failure for whoever says so', async () => {
    const settings = { ...DEFAULT_RESOLVER, servers: [`127.0.0.1:${server.port}`], useSearchDomains: false }
    const deps = { dispatcher, connect: connectTo, random: systemRandom }
    const stats = new DnsStats(new StatsStore().root)
    const strict = new SystemDnsResolver({ ...settings, nothingIsFailure: true }, stats, deps, new HostsFile())
    const result = await new Promise<DnsResult>((done) => strict.resolve('none.test', 'AUTO', done))
    expect(result).toEqual({ status: 'failure', detail: 'cares_norecords:Domain name not found' })
  })

  test('the hosts file comes first', async () => {
    expect(await ips('fixed.TEST', 'V4_PREFERRED')).toEqual(['10.9.9.9'])
    expect(await ips('alias', 'V4_ONLY')).toEqual(['10.9.9.9'])
    // Of the other family it says nothing.
    expect(await ips('fixed.test', 'AUTO')).toEqual(['2001:db8::1'])
    expect(await ips('fixed.test', 'ALL')).toEqual(['10.9.9.9'])
  })

  test('addresses are not asked for, also with zeros that lead', async () => {
    expect(await ips('127.0.0.010', 'V6_ONLY')).toEqual(['127.0.0.10'])
    expect(await ips('00.001.1.0', 'AUTO')).toEqual(['0.1.1.0'])
    expect(await ips('::00001', 'AUTO')).toBe('cares_failure:Misformatted domain name')
  })

  test('localhost is this machine, on both loopback addresses', async () => {
    expect(await resolve('localhost', 'AUTO')).toMatchObject({ addresses: [{ ip: '::1' }], alternates: ['127.0.0.1'] })
    expect(await resolve('localhost', 'V4_ONLY')).toMatchObject({ addresses: [{ ip: '127.0.0.1' }], alternates: [] })
    expect(await ips('localhost', 'ALL')).toEqual(['127.0.0.1', '::1'])
  })

  test('every lookup asks anew, whatever the TTL', async () => {
    const before = asked.length
    await resolve('again.test', 'V4_ONLY')
    await resolve('again.test', 'V4_ONLY')
    expect(asked.slice(before)).toEqual(['again', 'again'])
  })

  test('an address is its own answer; what can be no name is not asked for', async () => {
    const before = asked.length
    expect(await ips('192.0.2.7', 'AUTO')).toEqual(['192.0.2.7'])
    expect(await ips('192.0.2.7', 'V6_ONLY')).toEqual(['192.0.2.7'])
    expect(await ips('2001:db8::7', 'V4_PREFERRED')).toEqual(['2001:db8::7'])
    expect(await ips('2001:db8::7', 'V4_ONLY')).toBe('cares_failure:Misformatted domain name')
    for (const name of ['a..b', 'a:b', 'a b', '', `${'x'.repeat(64)}.test`]) {
      expect(await ips(name, 'V4_ONLY')).toBe('cares_failure:Misformatted domain name')
    }
    expect(asked.length).toBe(before)
  })

  test('a cancelled lookup calls nobody', async () => {
    let called = false
    resolver.resolve('cancelled.test', 'V4_ONLY', () => (called = true)).cancel()
    await resolve('v4only.test', 'V4_ONLY')
    expect(called).toBe(false)
  })
})

describe('search list', () => {
  const kubernetes = parseSearchList(
    'nameserver 10.0.0.10\nsearch ns.svc.cluster.local svc.cluster.local\noptions ndots:5\n',
  )

  test('short names are searched first, dotted ones last', () => {
    expect(candidates('app', kubernetes)).toEqual(['app.ns.svc.cluster.local', 'app.svc.cluster.local', 'app'])
    expect(candidates('a.b.c.d.e.f', kubernetes)[0]).toBe('a.b.c.d.e.f')
    expect(candidates('app.', kubernetes)).toEqual(['app.'])
    expect(candidates('example.com', parseSearchList('search corp'))).toEqual(['example.com', 'example.com.corp'])
  })

  test('what is said of it where: the last line, a single domain, variables', () => {
    const domainsOf = (text: string, variables = {}) => parseSearchList(text, variables).domains
    expect(domainsOf('search a\nsearch b,c d.\ndomain e')).toEqual(['b', 'c', 'd'])
    expect(domainsOf('domain a b\n; search c\n# search d')).toEqual(['a'])
    expect(domainsOf('search a\nsearch b\tc # d')).toEqual(['a'])
    expect(domainsOf('search a # b')).toEqual(['a'])
    expect(domainsOf('search a', { LOCALDOMAIN: 'b c' })).toEqual(['b'])
    expect(parseSearchList('options ndots:2 rotate', {}).ndots).toBe(2)
    expect(parseSearchList('options ndots:2', { RES_OPTIONS: 'rotate ndots:4' }).ndots).toBe(4)
  })
})
