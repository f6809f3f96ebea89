/*
 * How names are asked for: which servers, over what, how often, and what becomes of each kind of answer. A server of their own
 * for each side, beside one that nobody listens at and one that never answers.
 */
import { afterAll } from 'bun:test'
import { httpListener, routeTo } from '../support/configs.ts'
import type { ZoneDnsServer } from '../support/zone-dns-server.ts'
import { zoneDnsServer } from '../support/zone-dns-server.ts'
import { differential } from './support/differential.ts'
import { dnsCluster } from './support/pieces.ts'
import type { Side } from './support/side.ts'

const CARES = 'type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig'

const MANY = Array.from({ length: 40 }, (_, index) => `127.0.2.${index + 1}`)
const LOOPBACK6 = [...Array.from({ length: 15 }, () => 0), 1]
const ZONE = {
  'one.test': { a: ['127.0.0.1'] },
  'alias.test': { cname: 'middle.test', cnameTtlS: 1 },
  'middle.test': { cname: 'one.test', cnameTtlS: 60 },
  'dangling.test': { cname: 'gone.test' },
  'long.test': { a: MANY, truncated: true },
  'old.test': { a: ['127.0.0.1'], withoutEdns: true },
  'refused.test': { code: 5 },
  'unimplemented.test': { code: 4 },
  'failed.test': { code: 2 },
  'misformatted.test': { code: 1 },
  'odd.test': { code: 9 },
  'mute.test': { mute: true },
  'forged.test': { a: ['127.0.0.1'], wrongId: true },
  'slow.test': { a: ['127.0.0.1'], delayMs: 700 },
  'zero.test': { a: ['127.0.0.1'], ttlS: 0 },
  'minute.test': { a: ['127.0.0.1'], ttlS: 60 },
  'fallback.test': { a: ['127.0.0.1'] },
  'turns.test': { a: ['127.0.0.1'], ttlS: 60 },
  'few.test': { a: ['127.0.0.1'] },
  'both.test': { a: ['127.0.0.1'], aaaa: [LOOPBACK6] },
  'six.test': { aaaa: [LOOPBACK6] },
  'four-well.test': { a: ['127.0.0.1'], aaaaCode: 2 },
  'six-fails.test': { aaaaCode: 2 },
  'four-fails.test': { code: 2, aaaaCode: 0 },
  'six-well.test': { code: 2, aaaaCode: 0, aaaa: [LOOPBACK6] },
  'six-unknown.test': { aaaaCode: 3 },
  'four-unknown.test': { code: 3, aaaaCode: 0 },
  'old-tcp.test': { a: ['127.0.0.1'], withoutEdns: true },
}

interface Servers {
  readonly dns: ZoneDnsServer
  readonly second: ZoneDnsServer
  readonly mute: ZoneDnsServer
}

const started: Servers[] = [await servers(), await servers()]
const waiting = [...started]

async function servers(): Promise<Servers> {
  const everything = new Proxy({}, { get: () => ({ mute: true }) })
  return {
    dns: await zoneDnsServer(ZONE),
    second: await zoneDnsServer({ ...ZONE, 'one.test': { a: ['127.0.0.2'] }, 'refused.test': { a: ['127.0.0.2'] } }),
    mute: await zoneDnsServer(everything),
  }
}

afterAll(async () => {
  for (const each of started) for (const one of Object.values(each)) await one[Symbol.asyncDispose]()
})

const at = ({ port }: ZoneDnsServer) => ({ socket_address: { address: '127.0.0.1', port_value: port } })
const NOBODY = { socket_address: { address: '127.0.0.1', port_value: 1 } }

interface Case {
  readonly name?: string
  readonly resolver?: object
  readonly resolvers?: (servers: Servers) => readonly object[]
  readonly cluster?: object
  readonly type?: string
}

const flags = (more: object): object => ({ dns_resolver_options: { no_default_search_domain: true, ...more } })

const CASES: Record<string, Case> = {
  plain: {},
  alias: { name: 'alias' },
  dangling: { name: 'dangling' },
  'alias-logical': { name: 'alias', type: 'LOGICAL_DNS' },
  long: { name: 'long' },
  'long-logical': { name: 'long', type: 'LOGICAL_DNS' },
  old: { name: 'old' },
  refused: { name: 'refused' },
  unimplemented: { name: 'unimplemented' },
  failed: { name: 'failed' },
  misformatted: { name: 'misformatted' },
  odd: { name: 'odd' },
  forged: { name: 'forged', resolver: { query_timeout_seconds: 1, query_tries: 1 } },
  slow: { name: 'slow' },
  mute: { name: 'mute', resolver: { query_timeout_seconds: 1, query_tries: 2 } },
  tcp: { resolver: flags({ use_tcp_for_dns_lookups: true }) },
  'edns-size': { resolver: { edns0_max_payload_size: 4096 } },
  'nobody-first': { resolvers: ({ dns }) => [NOBODY, at(dns)] },
  'mute-first': { resolvers: ({ mute, dns }) => [at(mute), at(dns)], resolver: { query_timeout_seconds: 1 } },
  'second-knows': { name: 'refused', resolvers: ({ dns, second }) => [at(dns), at(second)] },
  'first-wins': { resolvers: ({ dns, second }) => [at(dns), at(second)] },
  'nobody-only': { resolvers: () => [NOBODY] },
  'dot-at-the-end': { name: 'one.test.' },
  'upper-case': { name: 'ONE' },
  'ttl-of-alias': { name: 'alias', cluster: { respect_dns_ttl: true } },
  'ttl-zero': { name: 'zero', cluster: { respect_dns_ttl: true } },
  'ttl-long': { name: 'minute', cluster: { respect_dns_ttl: true } },
  // Whatever chance makes of it, it is longer than the test.
  'failure-rate': {
    name: 'failed',
    cluster: { dns_failure_refresh_rate: { base_interval: '1000s', max_interval: '1000s' } },
  },
  kept: { resolver: { qcache_max_ttl: 60 } },
  // Those of the system, whatever they say.
  'as-fallback': {
    name: 'fallback',
    resolver: { use_resolvers_as_fallback: true, query_timeout_seconds: 1, query_tries: 1 },
  },
  'by-turns': {
    name: 'turns',
    resolvers: ({ dns, second }) => [at(dns), at(second)],
    resolver: { rotate_nameservers: true },
    cluster: { dns_refresh_rate: '0.1s' },
  },
  'few-a-socket': { name: 'few', resolver: { udp_max_queries: 1 }, cluster: { dns_refresh_rate: '0.1s' } },
  routable: {
    name: 'both',
    resolver: { filter_unroutable_families: true },
    cluster: { dns_lookup_family: 'ALL' },
  },
  'routable-six': {
    name: 'six',
    resolver: { filter_unroutable_families: true },
    cluster: { dns_lookup_family: 'AUTO' },
  },
  'old-tcp': { resolver: { ...flags({ use_tcp_for_dns_lookups: true }), edns0_max_payload_size: 2000 } },
  'edns-with-search': { name: 'old-tcp', resolver: { edns0_max_payload_size: 600, dns_resolver_options: {} } },
}

for (const name of ['four-well', 'six-fails', 'four-fails', 'six-well', 'six-unknown', 'four-unknown', 'failed']) {
  for (const family of ['AUTO', 'V4_PREFERRED', 'ALL']) {
    CASES[`${name}-${family.toLowerCase()}`] = { name, cluster: { dns_lookup_family: family } }
  }
}

const cluster = (name: string, one: Case, all: Servers): object => {
  const host = one.name ?? 'one'
  return dnsCluster(name, one.type ?? 'STRICT_DNS', host.includes('.') ? host : `${host}.test`, 80, {
    dns_refresh_rate: '0.4s',
    dns_lookup_family: 'V4_ONLY',
    wait_for_warm_on_init: false,
    typed_dns_resolver_config: {
      name: 'cares',
      typed_config: {
        '@type': CARES,
        resolvers: one.resolvers?.(all) ?? [at(all.dns)],
        ...flags({}),
        ...one.resolver,
      },
    },
    ...one.cluster,
  })
}

async function allOf(side: Side): Promise<Servers> {
  const info = JSON.parse(await side.proxy.admin('/server_info')) as { node: { id: string } }
  return started.find(({ dns }) => String(dns.port) === info.node.id)!
}

const some = (count: number): string => (count === 0 ? 'none' : 'some')
/** Told apart where it is said when to ask again. */
const many = (name: string, count: number): string =>
  count > 1 && /^(?:ttl|failure-rate)/.test(name) ? 'several' : some(count)

differential('how names are asked for', {
  bootstrap: () => {
    const all = waiting.shift()!
    return {
      node: { id: String(all.dns.port) },
      static_resources: {
        listeners: [httpListener('front', { routes: Object.keys(CASES).map((name) => routeTo(name, `/${name}/`)) })],
        clusters: Object.entries(CASES).map(([name, one]) => cluster(name, one, all)),
      },
    }
  },
  traffic: async (side) => {
    const { dns, second, mute } = await allOf(side)
    await Bun.sleep(3500)
    const lines = (await side.proxy.admin('/clusters')).split('\n')
    side.note('hosts', lines.filter((line) => /::hostname::/.test(line)).sort())
    const stats = await side.stats()
    for (const name of Object.keys(CASES)) {
      const counted = (stat: string) => many(name, Number(stats[`cluster.${name}.update_${stat}`]))
      side.note(
        `updates of ${name}`,
        ['attempt', 'success', 'failure', 'empty', 'no_rebuild'].map((one) => `${one} ${counted(one)}`),
      )
      await side.request(`reply of ${name}`, 'front', `HEAD /${name}/`)
    }
    side.note(
      'of the resolver',
      Object.entries(stats)
        .filter(([name]) => name.startsWith('dns.') && !name.includes('pending'))
        .map(([name, value]) => `${name} ${some(Number(value))}`),
    )
    // It comes last from then on.
    side.note('few questions to a server that does not answer', mute.heard.length < 3)
    for (const [name, server] of Object.entries({ dns, second, mute }))
      side.note(`heard by ${name}`, [...new Set(server.heard)].sort())
  },
})
