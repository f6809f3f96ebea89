import { describe, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DnsHost, DnsLoad } from '../../api/dns-cache.ts'
import { createSharedStatesBuffer, ThreadSharedStates } from '../../base/shared-states.ts'
import { createParseContext } from '../../config/parse-context.ts'
import { parseMessage } from '../../config/parse-message.ts'
import { parseRoot } from '../../config/parse-root.ts'
import { keptLogger } from '../../../test/support/kept-logger.ts'
import { SimulatedDispatcher } from '../../event/simulated-dispatcher.ts'
import { extension as keyValueFile } from '../../extensions/key_value/file_based/extension.ts'
import { ExtensionRegistry } from '../../registry/extension-registry.ts'
import { runtimeFromValues } from '../../runtime/runtime-from-values.ts'
import { MergedStats } from '../../stats/merged-stats.ts'
import { SharedCounterAllocator } from '../../stats/shared-counters.ts'
import { StatsStore } from '../../stats/stats-store.ts'
import type { DnsResult } from '../dns/dns-resolver.ts'
import { DnsResolvers } from '../dns/dns-resolvers.ts'
import type { DnsCacheConfig } from './dns-cache-config.ts'
import { readDnsCacheField } from './dns-cache-config.ts'
import { DnsCacheConfigs } from './dns-cache-configs.ts'
import { DnsCacheManager } from './dns-cache-manager.ts'
import { ThreadDnsCaches } from './thread-dns-caches.ts'

const CLUSTER = 'envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig'

/** Reads a cache's YAML for `configs`; what is wrong with it otherwise. */
function announce(yaml: string, configs: DnsCacheConfigs): DnsCacheConfig | readonly string[] {
  const context = {
    ...createParseContext(new ExtensionRegistry([keyValueFile]), {
      clusterNames: undefined,
      accessLogFiles: undefined as never,
    }),
    requireDnsCache: configs.require.bind(configs),
  }
  const message = parseMessage(CLUSTER, `dns_cache_config: ${yaml}`)
  if (!message.ok) return message.errors.map((error) => error.message)
  const parsed = parseRoot(CLUSTER, message.value, {}, (reader) => readDnsCacheField(reader, context))
  return parsed.ok ? parsed.value : parsed.errors.map((error) => error.message)
}

const found = (ttlS: number, ...ips: readonly string[]): DnsResult => {
  return { status: 'completed', addresses: ips.map((ip) => ({ ip, ttlS })), alternates: [], detail: 'found' }
}
const NOTHING: DnsResult = { status: 'completed', addresses: [], alternates: [], detail: 'cares_norecords:not there' }
const FAILURE: DnsResult = { status: 'failure', detail: 'cares_failure:no answer' }

/** A cache and a thread that uses it; `answer` is what comes of the oldest lookup. */
function started(more = '') {
  const configs = new DnsCacheConfigs()
  const config = announce(`{name: c${more}}`, configs)
  if (!('name' in config)) throw new Error(config.join())
  const dispatcher = new SimulatedDispatcher()
  const [mainStore, workerStore] = [new StatsStore(), new StatsStore()]
  const runtime = { current: runtimeFromValues('{}') }
  const states = new ThreadSharedStates(createSharedStatesBuffer(0))
  const lookups: { readonly name: string; readonly settle: (result: DnsResult) => void }[] = []
  const resolver = {
    resolve: (name: string, _family: unknown, settle: (result: DnsResult) => void) => {
      const lookup = { name, settle }
      lookups.push(lookup)
      return { cancel: () => void lookups.splice(lookups.indexOf(lookup), 1) }
    },
  }
  const caches = new ThreadDnsCaches({
    dispatcher,
    scope: workerStore.root,
    runtime,
    shared: states,
    ask: (request) => manager.load(request),
  })
  const manager: DnsCacheManager = new DnsCacheManager(configs, {
    dispatcher,
    random: { u32: () => 0, float: () => 0.5, uuid: () => '' },
    scope: mainStore.root,
    runtime,
    resolvers: new DnsResolvers(mainStore.root, undefined as never, undefined, () => resolver),
    shared: new SharedCounterAllocator(),
    states,
    logger: keptLogger,
    send: (order) => caches.apply(order),
  })
  const stats = new MergedStats(mainStore)
  const waited: string[] = []
  const cache = caches.get(config)
  return {
    dispatcher,
    cache,
    main: manager.get('c')!,
    names: () => lookups.map(({ name }) => name),
    answer: (result: DnsResult) => lookups.shift()?.settle(result),
    /** Loads the host; whoever waits is noted in `waited` once it has been looked up. */
    load: (host: string): DnsLoad =>
      cache.load(host, 80, { onDnsHost: (one: DnsHost) => waited.push(one.address?.text ?? one.details) }),
    waited,
    stat: (name: string) => {
      const definitions = workerStore.takeDefinitions()
      if (definitions !== undefined) stats.addDefinitions(0, definitions)
      return stats.counter(`dns_cache.c.${name}`)?.value ?? stats.gauge(`dns_cache.c.${name}`)?.value
    },
  }
}

describe('DNS cache', () => {
  test('whoever comes first waits, all together for one lookup; others have it at once', () => {
    const { load, names, answer, waited, stat } = started()
    expect([load('a.test').kind, load('a.test:80').kind, load('a.test:81').kind]).toEqual(Array(3).fill('loading'))
    expect(names()).toEqual(['a.test', 'a.test'])
    expect([stat('num_hosts'), stat('circuit_breakers.rq_pending_remaining')]).toEqual([2, 1021])
    answer(found(60, '192.0.2.1', '192.0.2.2'))
    expect(waited).toEqual(['192.0.2.1:80', '192.0.2.1:80'])
    expect(load('a.test')).toMatchObject({ kind: 'cached', host: { address: { text: '192.0.2.1:80' } } })
    expect([stat('host_address_changed'), stat('circuit_breakers.rq_pending_remaining')]).toEqual([1, 1023])
  })

  test('who cancels is not called, and waits no longer', () => {
    const { load, answer, waited, stat } = started()
    const one = load('a.test')
    if (one.kind === 'loading') one.cancel()
    expect(stat('circuit_breakers.rq_pending_remaining')).toBe(1024)
    answer(found(60, '192.0.2.1'))
    expect(waited).toEqual([])
  })

  test('too many waiting, and too many hosts', () => {
    const { load, answer, stat } = started(', max_hosts: 1, dns_cache_circuit_breaker: {max_pending_requests: 1}')
    expect(load('a.test').kind).toBe('loading')
    expect([load('b.test').kind, stat('circuit_breakers.rq_pending_open')]).toEqual(['too-many-pending', 1])
    answer(found(60, '192.0.2.1'))
    expect([load('a.test').kind, load('b.test').kind]).toEqual(['cached', 'overflow'])
    expect([stat('dns_rq_pending_overflow'), stat('host_overflow')]).toEqual([1, 1])
  })

  test('a TTL counts, but not below dns_min_refresh_rate', () => {
    const { load, answer, names, dispatcher, main } = started(', dns_min_refresh_rate: 2.5s')
    const heard: string[] = []
    main.observe({
      onAddresses: (host, addresses) => heard.push(`${host} ${addresses.map(({ text }) => text).join()}`),
      onRemoved: (host) => heard.push(`${host} removed`),
    })
    load('a.test')
    answer(found(7, '192.0.2.1'))
    dispatcher.advance(6999)
    expect(names()).toEqual([])
    dispatcher.advance(1)
    answer(found(1, '192.0.2.1', '192.0.2.2'))
    dispatcher.advance(1999)
    expect(names()).toEqual([])
    dispatcher.advance(1)
    answer(found(1, '192.0.2.1', '192.0.2.2'))
    expect(heard).toEqual(['a.test:80 192.0.2.1:80', 'a.test:80 192.0.2.1:80,192.0.2.2:80'])
  })

  test('addresses stay whatever fails later', () => {
    const { load, answer, dispatcher } = started()
    load('a.test')
    answer(found(5, '192.0.2.1'))
    dispatcher.advance(5000)
    answer(FAILURE)
    expect(load('a.test')).toMatchObject({ kind: 'cached', host: { address: { text: '192.0.2.1:80' } } })
    dispatcher.advance(60_000)
    answer(NOTHING)
    expect(load('a.test')).toMatchObject({ kind: 'cached', host: { address: { text: '192.0.2.1:80' } } })
  })

  test('a name without addresses is asked for again at dns_refresh_rate, and is in the cache until then', () => {
    const { load, answer, names, dispatcher, waited } = started(', dns_refresh_rate: 10s')
    load('a.test')
    answer(NOTHING)
    expect(waited).toEqual(['dns_resolution_failure{cares_norecords:not_there}'])
    expect(load('a.test').kind).toBe('cached')
    dispatcher.advance(10_000)
    expect(names()).toEqual(['a.test'])
    answer(FAILURE)
    expect(load('a.test')).toMatchObject({ host: { details: 'dns_resolution_failure{cares_failure:no_answer}' } })
  })

  test('after failures it takes longer and longer', () => {
    const { load, answer, names, dispatcher } = started(
      ', dns_failure_refresh_rate: {base_interval: 2s, max_interval: 4s}',
    )
    load('a.test')
    for (const ms of [1000, 2000, 2000]) {
      answer(FAILURE)
      dispatcher.advance(ms - 1)
      expect(names()).toEqual([])
      dispatcher.advance(1)
      expect(names()).toEqual(['a.test'])
    }
  })

  test('disable_dns_refresh_on_failure: whoever asks has it looked up again', () => {
    const { load, answer, names, dispatcher, waited, stat } = started(', disable_dns_refresh_on_failure: true')
    load('a.test')
    answer(FAILURE)
    dispatcher.advance(200_000)
    expect([names(), load('a.test').kind, names()]).toEqual([[], 'loading', ['a.test']])
    answer(found(60, '192.0.2.1'))
    expect([waited.at(-1), stat('host_removed'), stat('num_hosts')]).toEqual(['192.0.2.1:80', 1, 1])
  })

  test('a lookup takes dns_query_timeout at most', () => {
    const { load, dispatcher, waited, names, stat } = started(', dns_query_timeout: 0.5s')
    load('a.test')
    dispatcher.advance(500)
    expect(waited).toEqual(['dns_resolution_failure{resolve_timeout}'])
    expect([names(), stat('dns_query_timeout'), stat('dns_query_failure')]).toEqual([[], 1, 1])
    const patient = started(', dns_query_timeout: 0s')
    patient.load('a.test')
    patient.dispatcher.advance(100_000)
    expect(patient.waited).toEqual([])
  })

  test('hosts that nobody used for host_ttl go at their next refresh', () => {
    const { load, answer, names, dispatcher, stat, cache } = started(', host_ttl: 8s')
    load('a.test')
    answer(found(5, '192.0.2.1'))
    dispatcher.advance(5000)
    answer(found(5, '192.0.2.1'))
    cache.find('a.test:80')?.touch()
    dispatcher.advance(5000)
    answer(found(5, '192.0.2.1'))
    dispatcher.advance(5000)
    expect([names(), stat('host_removed'), stat('num_hosts')]).toEqual([[], 1, 0])
    expect([cache.find('a.test:80'), load('a.test').kind]).toEqual([undefined, 'loading'])
  })

  test('resolved_address_filter: addresses that are not to be reached', () => {
    const { load, answer, waited, stat } = started(
      ', resolved_address_filter: {ranges: [{address_prefix: 10.0.0.0, prefix_len: 8}]}',
    )
    load('a.test')
    answer(found(60, '10.0.0.1', '192.0.2.1'))
    load('b.test')
    answer(found(60, '10.0.0.1'))
    expect(waited).toEqual(['192.0.2.1:80', 'dns_resolution_failure{address_denied}'])
    expect(stat('dns_address_filter_out')).toBe(2)
  })

  test('key_value_config: hosts outlive the process', () => {
    const folder = mkdtempSync(join(tmpdir(), 'nuncio-dns-cache-'))
    const file = join(folder, 'hosts')
    const type = 'type.googleapis.com/envoy.extensions.key_value.file_based.v3.FileBasedKeyValueStoreConfig'
    const more = `, host_ttl: 3s, key_value_config: {config: {name: f, typed_config: {"@type": "${type}", filename: "${file}"}}}`
    const lineOf = (name: string) => readFileSync(file, 'utf8').includes(name)
    const first = started(more)
    first.load('a.test')
    first.answer(found(2, '192.0.2.1'))
    first.load('none.test')
    first.answer(NOTHING)
    expect([lineOf('a.test:80'), lineOf('none.test')]).toEqual([true, false])

    const second = started(more)
    expect(second.load('a.test:80')).toMatchObject({ kind: 'cached', host: { address: { text: '192.0.2.1:80' } } })
    const counts = ['cache_load', 'host_added', 'host_address_changed', 'dns_query_attempt'].map(second.stat)
    expect([second.names(), counts]).toEqual([[], [1, 1, 1, 0]])
    second.dispatcher.advance(5000)
    // Nobody used it for longer than host_ttl.
    expect([second.stat('num_hosts'), lineOf('a.test')]).toEqual([0, false])

    writeFileSync(file, '9\na.test:8017\n192.0.2.7:80|60|9')
    const third = started(`${more}, preresolve_hostnames: [{address: a.test, port_value: 80}]`)
    expect([third.stat('num_hosts'), third.names()]).toEqual([1, []])
    const denied = started(`${more}, resolved_address_filter: {ranges: [{address_prefix: 192.0.2.0, prefix_len: 24}]}`)
    expect([denied.stat('num_hosts'), denied.load('a.test').kind]).toEqual([0, 'loading'])
    rmSync(folder, { recursive: true })
  })

  test('preresolve_hostnames are looked up at once', () => {
    const { names, answer, load } = started(', preresolve_hostnames: [{address: a.test, port_value: 443}]')
    expect(names()).toEqual(['a.test'])
    answer(found(60, '192.0.2.1'))
    expect(load('a.test:443').kind).toBe('cached')
  })
})

describe('configuration of a DNS cache', () => {
  test('users of one name agree, word for word', () => {
    const configs = new DnsCacheConfigs()
    expect(announce('{name: c, host_ttl: 2s}', configs)).toMatchObject({ hostTtlMs: 2000, maxHosts: 1024 })
    expect(announce('{name: c, host_ttl: 2s}', configs)).toMatchObject({ name: 'c' })
    const problem = "config specified DNS cache 'c' with different settings"
    expect(announce('{name: c, host_ttl: 3s}', configs)).toEqual([problem])
    expect(announce('{name: c, host_ttl: 2s, max_hosts: 1024}', configs)).toEqual([problem])
    expect(announce('{name: d, host_ttl: 3s}', configs)).toMatchObject({ name: 'd' })
  })

  test.each([
    ['{name: ""}', 'DnsCacheConfig'],
    ['{name: c, dns_min_refresh_rate: 0.5s}', 'dns_min_refresh_rate'],
    [
      '{name: c, key_value_config: {config: {name: x, typed_config: {}}}}',
      "Didn't find a registered implementation for 'x'",
    ],
    [
      '{name: c, dns_failure_refresh_rate: {base_interval: 2s, max_interval: 1s}}',
      'dns_failure_refresh_rate must have max_interval greater than or equal to the base_interval',
    ],
    [
      '{name: c, max_hosts: 1, preresolve_hostnames: [{address: a, port_value: 1}, {address: b, port_value: 1}]}',
      'DNS Cache [c] configured with preresolve_hostnames=2 larger than max_hosts=1',
    ],
  ])('refuses %s', (yaml, says) => {
    expect(JSON.stringify(announce(yaml, new DnsCacheConfigs()))).toContain(says)
  })
})
