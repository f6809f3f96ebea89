/* Clusters by name against a DNS server of the test: families, what changes, what is gone, what fails, and TTLs. */
import { afterAll } from 'bun:test'
import type { ZoneDnsServer } from '../support/zone-dns-server.ts'
import { zoneDnsServer } from '../support/zone-dns-server.ts'
import { httpListener, routeTo } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import type { Side } from './support/side.ts'
import { dnsCluster } from './support/pieces.ts'

const CARES = 'type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig'
const ONE = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
const REFRESH = '0.3s'

/** Each side has a server of its own, as the two are asked at different moments. */
const servers: readonly ZoneDnsServer[] = [await server(), await server()]
const waiting = [...servers]

afterAll(async () => {
  for (const one of servers) await one[Symbol.asyncDispose]()
})

function server(): Promise<ZoneDnsServer> {
  return zoneDnsServer({
    'both.test': { a: ['127.0.0.1'], aaaa: [ONE] },
    'four.test': { a: ['127.0.0.1'] },
    'six.test': { aaaa: [ONE] },
    'many.test': { a: ['127.0.0.1', '127.0.0.2'] },
    'twice.test': { a: ['127.0.0.1', '127.0.0.1'] },
    'broken.test': { code: 2 },
    'nothing.test': {},
    'short.test': { a: ['127.0.0.1'], ttlS: 1 },
  })
}

const FAMILIES = ['AUTO', 'V4_ONLY', 'V6_ONLY', 'V4_PREFERRED', 'ALL']

const resolverOf = (dnsPort: number) => ({
  name: 'cares',
  typed_config: {
    '@type': CARES,
    resolvers: [{ socket_address: { address: '127.0.0.1', port_value: dnsPort } }],
    query_tries: 1,
    dns_resolver_options: { no_default_search_domain: true },
  },
})

const clusters = (app: number, dnsPort: number) => {
  const more = (extra: object = {}) => ({
    dns_refresh_rate: REFRESH,
    dns_lookup_family: 'V4_ONLY',
    typed_dns_resolver_config: resolverOf(dnsPort),
    ...extra,
  })
  const families = FAMILIES.flatMap((dns_lookup_family) =>
    ['both', 'four', 'six'].map((name) =>
      dnsCluster(`${name}-${dns_lookup_family}`, 'STRICT_DNS', `${name}.test`, app, {
        dns_refresh_rate: REFRESH,
        dns_lookup_family,
      }),
    ),
  )
  return [
    ...families,
    dnsCluster('logical-all', 'LOGICAL_DNS', 'both.test', app, more({ dns_lookup_family: 'ALL' })),
    dnsCluster('strict', 'STRICT_DNS', 'many.test', app, more()),
    dnsCluster('logical', 'LOGICAL_DNS', 'many.test', app, more()),
    dnsCluster('twice', 'STRICT_DNS', 'twice.test', app, more()),
    dnsCluster('broken', 'STRICT_DNS', 'broken.test', app, more()),
    dnsCluster('nothing', 'STRICT_DNS', 'nothing.test', app, more()),
    dnsCluster('unknown', 'LOGICAL_DNS', 'unknown.test', app, more()),
    dnsCluster('ttl', 'STRICT_DNS', 'short.test', app, more({ respect_dns_ttl: true })),
  ]
}

/** Hosts and what the threads make of them, without what depends on when names were asked for. */
async function noteHosts(side: Side, when: string): Promise<void> {
  const lines = (await side.proxy.admin('/clusters')).split('\n')
  const wanted = lines.filter((line) => /::(?:hostname|health_flags|weight|priority)::/.test(line))
  // Ports are known by name on one loopback address only.
  side.note(`hosts ${when}`, wanted.map((line) => line.replace(/(127\.0\.0\.[23]):\d+/, '$1:port')).sort())
  const stats = (await side.proxy.admin('/stats?filter=^cluster%5C..*membership_')).split('\n')
  side.note(`membership ${when}`, stats.sort())
}

/** Until the server was asked twice more for the name: what it answered first is then known for sure. */
async function settled(dns: ZoneDnsServer, ...questions: readonly string[]): Promise<void> {
  const count = (question: string) => dns.asked.filter((one) => one === question).length
  const before = questions.map(count)
  const limit = performance.now() + 5000
  while (questions.some((question, index) => count(question) < before[index]! + 3) && performance.now() < limit) {
    await Bun.sleep(20)
  }
  await Bun.sleep(50)
}

differential('clusters by name', {
  backends: ['app'],
  bootstrap: (port) => {
    const dns = waiting.shift()!
    return {
      node: { id: String(dns.port) },
      // Of the clusters that name none.
      typed_dns_resolver_config: resolverOf(dns.port),
      static_resources: {
        listeners: [
          httpListener('front', {
            routes: ['strict', 'logical', 'broken', 'nothing', 'unknown', 'four-AUTO', 'six-V4_ONLY'].map((name) =>
              routeTo(name, `/${name}`),
            ),
          }),
        ],
        clusters: clusters(port('app'), dns.port),
      },
    }
  },
  traffic: async (side) => {
    const info = JSON.parse(await side.proxy.admin('/server_info')) as { node: { id: string } }
    const dns = servers.find(({ port }) => String(port) === info.node.id)!
    await settled(dns, 'A many.test')
    await noteHosts(side, 'at first')
    for (const name of ['broken', 'nothing', 'unknown', 'four-AUTO', 'six-V4_ONLY'])
      await side.request(name, 'front', `GET /${name}`)
    await side.exchange('front', 'GET /logical HTTP/1.1\r\nhost: a\r\n\r\n')

    dns.zone = { ...dns.zone, 'many.test': { a: ['127.0.0.2', '127.0.0.3'] } }
    await settled(dns, 'A many.test')
    await noteHosts(side, 'when one came and one went')

    dns.zone = { ...dns.zone, 'many.test': { code: 2 } }
    await settled(dns, 'A many.test')
    await noteHosts(side, 'when the server fails')

    dns.zone = { ...dns.zone, 'many.test': {}, 'unknown.test': { a: ['127.0.0.1'] } }
    await settled(dns, 'A many.test', 'A unknown.test')
    await noteHosts(side, 'when there is nothing')
    await side.request('nothing left', 'front', 'GET /strict')

    const ttl = dns.asked.filter((one) => one === 'A short.test').length
    const all = dns.asked.filter((one) => one === 'A four.test').length
    side.note('a TTL of a second is longer than a refresh rate', ttl < all / 2)
    side.note('questions', [...new Set(dns.asked)].sort())
  },
})
