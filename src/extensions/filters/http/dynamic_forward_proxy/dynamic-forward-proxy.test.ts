import { describe, expect, test } from 'bun:test'
import { FilterHarness } from '../../../../../test/support/filter-harness.ts'
import { httpFilterConformance } from '../../../../../test/support/http-filter-conformance.ts'
import type { DnsCache, DnsHost, DnsLoad, DnsWaiter } from '../../../../api/dns-cache.ts'
import type { FactoryContext } from '../../../../api/extension.ts'
import type { HttpFilterFactory } from '../../../../api/http.ts'
import type { SubClusters, SubClusterWaiter } from '../../../../api/upstream.ts'
import { parseIpAddress } from '../../../../network/address.ts'
import { extension } from './extension.ts'

const host = (details: string, ip?: string): DnsHost => ({
  address: ip === undefined ? undefined : parseIpAddress(ip, 80),
  details,
  touch: () => undefined,
})

/** Knows `known.test` and `none.test`; others are looked up, until the test settles that. */
class FakeCache implements DnsCache {
  readonly asked: string[] = []
  waiter: DnsWaiter | undefined = undefined
  refusal: 'overflow' | 'too-many-pending' | undefined = undefined

  load(authority: string, port: number, waiter: DnsWaiter): DnsLoad {
    this.asked.push(`${authority} ${port}`)
    if (this.refusal !== undefined) return { kind: this.refusal }
    if (authority === 'known.test') return { kind: 'cached', host: host('', '192.0.2.1') }
    if (authority === 'none.test') return { kind: 'cached', host: host('dns_resolution_failure{x}') }
    this.waiter = waiter
    return { kind: 'loading', cancel: () => (this.waiter = undefined) }
  }

  find(): undefined {}
}

function around(cache: FakeCache, isForwardProxy = true, subClusters?: SubClusters): Partial<FactoryContext> {
  const info = { features: { tls: false }, dynamicForwardProxy: isForwardProxy ? { subClusters } : undefined }
  return { dnsCaches: { get: () => cache }, clusters: { get: () => ({ info }) as never } }
}

const CONFIG = 'dns_cache_config: {name: c}'
const PER_ROUTE = 'type.googleapis.com/envoy.extensions.filters.http.dynamic_forward_proxy.v3.PerRouteConfig'

httpFilterConformance(extension, {
  good: [CONFIG, `${CONFIG}\nsave_upstream_address: true\nallow_dynamic_host_from_filter_state: true`, '{}'],
  bad: [
    ['dns_cache_config: {}', 'name'],
    ['sub_cluster_config: {cluster_init_timeout: 0s}', 'cluster_init_timeout'],
  ],
  perRoute: { good: ['host_rewrite_literal: a.test', 'host_rewrite_header: x-host'] },
  context: around(new FakeCache()),
})

function started(config = CONFIG, perRoute = '', before: readonly HttpFilterFactory[] = []) {
  const cache = new FakeCache()
  const own = `typed_per_filter_config: {${extension.name}: {"@type": ${PER_ROUTE}, ${perRoute}}}`
  const routes = `{match: {prefix: /}, route: {cluster: app}${perRoute === '' ? '' : `, ${own}`}}`
  return { cache, filter: new FilterHarness(extension, { config, routes, before, context: around(cache) }) }
}

describe('dynamic_forward_proxy', () => {
  test('a host that is known holds nobody up', () => {
    const { cache, filter } = started()
    filter.send('GET known.test/')
    expect([filter.reached, cache.asked]).toEqual([true, ['known.test 80']])
  })

  test('a request waits for its host, with its body', () => {
    const { cache, filter } = started()
    filter.send('POST new.test/', [], 'hello')
    expect(filter.reached).toBeFalse()
    cache.waiter?.onDnsHost(host('', '192.0.2.1'))
    expect(filter.upstream).toMatchObject({ body: 'hello', complete: true })
  })

  test('who is gone waits no longer', () => {
    const { cache, filter } = started()
    filter.send('GET new.test/')
    filter.disconnect()
    expect(cache.waiter).toBeUndefined()
  })

  test.each([
    ['known', 'GET none.test/', { status: 503, body: 'DNS resolution failure' }, 'DF', 'dns_resolution_failure{x}'],
    ['new', 'GET new.test/', { status: 503, body: 'DNS resolution failure' }, 'DF', 'dns_resolution_failure{y}'],
  ])('a %s host without an address', (_, line, reply, flags, details) => {
    const { cache, filter } = started()
    filter.send(line)
    cache.waiter?.onDnsHost(host('dns_resolution_failure{y}'))
    expect(filter.reply()).toMatchObject(reply)
    expect(filter.logged).toMatchObject([{ flags, details }])
  })

  test.each([
    ['overflow', 'DNS cache overflow', 'dns_cache_overflow'],
    [
      'too-many-pending',
      'Dynamic forward proxy pending request overflow',
      'dynamic_forward_proxy_pending_request_overflow',
    ],
  ] as const)('%s', (refusal, body, details) => {
    const { cache, filter } = started()
    cache.refusal = refusal
    filter.send('GET new.test/')
    expect(filter.reply()).toMatchObject({ status: 503, body })
    expect(filter.logged).toMatchObject([{ flags: '-', details }])
  })

  test('routes name other hosts', () => {
    const literal = started(CONFIG, 'host_rewrite_literal: known.test')
    literal.filter.send('GET other.test/')
    expect([literal.filter.upstream.headers?.authority, literal.cache.asked]).toEqual(['known.test', ['known.test 80']])
    const header = started(CONFIG, 'host_rewrite_header: X-Host')
    header.filter.send('GET other.test/', ['x-host: known.test', 'x-host: third.test'])
    expect([header.filter.upstream.headers?.authority, header.cache.asked]).toEqual(['known.test', ['known.test 80']])
    header.filter.respond(200).send('GET other.test/')
    expect(header.cache.asked.at(-1)).toBe('other.test 80')
  })

  test('the filter state, where it is allowed to', () => {
    const before: HttpFilterFactory = (chain) =>
      chain.addDecoderFilter({
        setDecoderCallbacks: ({ streamInfo: { filterState } }) => {
          filterState.set('envoy.upstream.dynamic_host', { serializeAsString: () => 'known.test' })
          filterState.set('envoy.upstream.dynamic_port', { serializeAsString: () => '', serializeAsJson: () => 8080 })
        },
        decodeHeaders: () => 'continue',
        decodeData: () => 'continue',
        decodeTrailers: () => 'continue',
        onDestroy: () => undefined,
      })
    const follows = started(`${CONFIG}\nallow_dynamic_host_from_filter_state: true`, '', [before])
    follows.filter.send('GET other.test/')
    expect(follows.cache.asked).toEqual(['known.test 8080'])
    const ignores = started(CONFIG, '', [before])
    ignores.filter.send('GET other.test/')
    expect(ignores.cache.asked).toEqual(['other.test 80'])
  })

  test('a cluster for each host: the request waits until it is there', () => {
    const asked: string[] = []
    const waiters: SubClusterWaiter[] = []
    const subClusters: SubClusters = {
      load: (authority, port, waiter) => {
        asked.push(`${authority} ${port}`)
        if (authority === 'known.test') return { kind: 'there' }
        waiters.push(waiter)
        return { kind: 'loading', cancel: () => void waiters.pop() }
      },
    }
    const start = () => {
      const config = 'sub_cluster_config: {cluster_init_timeout: 2s}'
      return new FilterHarness(extension, { config, context: around(new FakeCache(), true, subClusters) })
    }
    expect(start().send('GET known.test/').reached).toBeTrue()
    const waiting = start().send('GET new.test/')
    expect(waiting.reached).toBeFalse()
    waiters.pop()?.onSubCluster(true)
    expect([waiting.reached, waiting.respond(200).reply().status]).toEqual([true, 200])
    const full = start().send('GET new.test/')
    waiters.pop()?.onSubCluster(false)
    expect(full.reply()).toMatchObject({ status: 503, body: 'Sub cluster overflow' })
    const late = start().send('GET new.test/').advance(2000)
    expect(late.reply()).toMatchObject({ status: 503, body: 'Sub cluster warming timeout' })
    expect(late.logged).toMatchObject([{ flags: '-', details: 'sub_cluster_warming_timeout' }])
    start().send('GET new.test/').disconnect()
    expect([waiters.length, asked.length]).toEqual([0, 5])
  })

  test('clusters of other kinds are none of its business', () => {
    const cache = new FakeCache()
    const filter = new FilterHarness(extension, { config: CONFIG, context: around(cache, false) })
    filter.send('GET new.test/')
    expect([filter.reached, cache.asked]).toEqual([true, []])
  })
})
