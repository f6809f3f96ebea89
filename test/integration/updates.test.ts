/* Configuration that changes while the proxy runs, from files: what clients notice, which is nothing. */
import { expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { direct, httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { assignment, eventually, fileSource, NODE, writeResources } from '../support/dynamic-files.ts'
import { rawClient, rawServer } from '../support/raw-client.ts'
import type { WholeProxy } from '../support/whole-proxy.ts'
import { startWholeProxy } from '../support/whole-proxy.ts'

const REPLY_HEAD = 'HTTP/1.1 200 OK\r\ncontent-length: '

function answering(name: string): ReturnType<typeof rawServer> {
  return rawServer((socket, _all, chunk) => {
    const requests = chunk.toString('latin1').split('\r\n\r\n').length - 1
    socket.write(`${REPLY_HEAD}${name.length}\r\n\r\n${name}`.repeat(requests))
  })
}

const ROUTES = { name: 'r', virtual_hosts: [{ name: 'all', domains: ['*'], routes: [routeTo('app')] }] }
const BY_NAME = { route_config: undefined, rds: { route_config_name: 'r', config_source: fileSource('rds.json') } }

/** Keep-alive connections of a few requests each, one after the other, until told to stop. */
class Load {
  readonly bodies = new Map<string, number>()
  readonly failures: string[] = []
  #going = true
  readonly #clients: Promise<void>[]

  constructor(port: number, clients = 3) {
    this.#clients = Array.from({ length: clients }, async () => this.#run(port))
  }

  async stop(): Promise<void> {
    this.#going = false
    await Promise.all(this.#clients)
  }

  get total(): number {
    return [...this.bodies.values()].reduce((sum, count) => sum + count, 0)
  }

  async #run(port: number): Promise<void> {
    while (this.#going) {
      try {
        await this.#connection(port)
      } catch (error) {
        this.failures.push(String(error))
      }
    }
  }

  async #connection(port: number): Promise<void> {
    using client = await rawClient(port)
    for (let replies = 1; replies <= 10 && this.#going; replies++) {
      client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
      const all = await client.until(new RegExp(`^(?:HTTP/1.1 200[^]*?\\r\\n\\r\\n(?:one|two)){${replies}}$`))
      const reply = all.slice(all.lastIndexOf('HTTP/1.1 '))
      const body = reply.slice(reply.indexOf('\r\n\r\n') + 4)
      this.bodies.set(body, (this.bodies.get(body) ?? 0) + 1)
      if (/connection: close/.test(reply)) return
    }
  }
}

async function bodyOf(port: number): Promise<string> {
  const reply = await fetch(`http://127.0.0.1:${port}/`, { keepalive: false })
  return reply.ok ? reply.text() : String(reply.status)
}

function fromFiles(files: Partial<Record<'lds' | 'cds', true>>): object {
  return {
    node: NODE,
    dynamic_resources: {
      ...(files.lds === undefined ? {} : { lds_config: fileSource('lds.json') }),
      ...(files.cds === undefined ? {} : { cds_config: fileSource('cds.json') }),
    },
  }
}

async function counted(proxy: WholeProxy, name: string, value: number): Promise<void> {
  await eventually(`${name} ${value}`, async () => (await proxy.stat(name)) === value)
}

test('listeners, clusters, endpoints and routes change under load and no request fails', async () => {
  await using one = await answering('one')
  await using two = await answering('two')
  const eds = {
    name: 'app',
    type: 'EDS',
    connect_timeout: '1s',
    eds_cluster_config: { eds_config: fileSource('eds.json') },
  }
  const listener = (extra: object) => ({ ...httpListener('front', { extra: BY_NAME }), ...extra })
  const write =
    (folder: string) =>
    (file: string, kind: Parameters<typeof writeResources>[2], resources: object[], version = '1') => {
      const text = JSON.parse(JSON.stringify(resources).replaceAll('{folder}', folder)) as object[]
      writeResources(folder, file, kind, text, version)
    }
  const prepare = (folder: string): void => {
    const to = write(folder)
    to('eds.json', 'endpoints', [assignment('app', [one.port])])
    to('rds.json', 'routes', [ROUTES])
    to('cds.json', 'cluster', [eds])
    to('lds.json', 'listener', [listener({})])
  }
  await using proxy = await startWholeProxy(
    {},
    { prepare, bootstrap: fromFiles({ lds: true, cds: true }), flags: ['--concurrency', '2', '--drain-time-s', '1'] },
  )
  const to = write(proxy.folder)
  const port = proxy.port('front')
  const load = new Load(port)
  for (let i = 2; i <= 6; i++) {
    to('lds.json', 'listener', [listener({ per_connection_buffer_limit_bytes: 100_000 + i })], String(i))
    await counted(proxy, 'listener_manager.lds.update_success', i)
    to('cds.json', 'cluster', [{ ...eds, connect_timeout: `${i}s` }], String(i))
    await counted(proxy, 'cluster_manager.cds.update_success', i)
    const ports = i % 2 === 0 ? [one.port, two.port] : [two.port]
    to('eds.json', 'endpoints', [assignment('app', ports)], String(i))
    await counted(proxy, 'cluster.app.membership_total', ports.length)
    to(
      'rds.json',
      'routes',
      [{ ...ROUTES, response_headers_to_add: [{ header: { key: 'x', value: String(i) } }] }],
      String(i),
    )
    await counted(proxy, 'http.ingress.rds.r.config_reload', i)
  }
  await load.stop()
  expect(load.failures).toEqual([])
  expect(load.total).toBeGreaterThan(200)
  expect([...load.bodies.keys()].sort()).toEqual(['one', 'two'])
  expect(await proxy.stat('listener_manager.listener_modified')).toBe(5)
  expect(await proxy.stat('cluster_manager.cluster_modified')).toBe(5)
  await counted(proxy, 'listener_manager.total_listeners_draining', 0)
}, 60_000)

test('thousands of endpoints come and go, and requests go on between and during each update', async () => {
  await using one = await answering('one')
  const updates = 5
  const eds = { name: 'app', type: 'EDS', eds_cluster_config: { eds_config: fileSource('eds.json') } }
  const down = (address: string): object => ({
    endpoint: { address: { socket_address: { address, port_value: 1 } } },
    health_status: 'UNHEALTHY',
  })
  const endpoints = (round: number): object => {
    const others = Array.from({ length: 2000 }, (_, i) => down(`127.${round}.${i >> 8}.${i & 255}`))
    const { endpoints } = assignment('app', [one.port]) as { endpoints: [{ lb_endpoints: object[] }] }
    return { cluster_name: 'app', endpoints: [{ lb_endpoints: [...endpoints[0].lb_endpoints, ...others] }] }
  }
  const write = (folder: string, round: number) =>
    writeResources(folder, 'eds.json', 'endpoints', [endpoints(round)], String(round))
  const routes = { virtual_hosts: [{ name: 'all', domains: ['*'], routes: [routeTo('app')] }] }
  await using proxy = await startWholeProxy(
    {
      listeners: [httpListener('front', { extra: { route_config: routes } })],
      clusters: [{ ...eds, common_lb_config: { healthy_panic_threshold: { value: 0 } } }],
    },
    { prepare: (folder) => write(folder, 1), bootstrap: { node: NODE }, flags: ['--concurrency', '2'] },
  )
  const load = new Load(proxy.port('front'))
  const seen: number[] = []
  for (let round = 2; round <= updates; round++) {
    write(proxy.folder, round)
    await counted(proxy, 'cluster.app.update_success', round)
    seen.push(load.total)
  }
  await load.stop()
  expect(load.failures).toEqual([])
  expect([...load.bodies.keys()]).toEqual(['one'])
  // No update takes so long that nothing else happens meanwhile.
  for (const [at, total] of seen.entries()) expect(total).toBeGreaterThan(seen[at - 1] ?? 0)
  expect(await proxy.stat('cluster.app.membership_total')).toBe(2001)
  expect(await proxy.stat('cluster.app.membership_change')).toBe(updates)
}, 60_000)

test('a change of filter chains alone leaves connections of other chains alone', async () => {
  const chain = (address: string, body: string) => {
    const [made] = (httpListener('l', { routes: [direct('/', body)] }) as { filter_chains: object[] }).filter_chains
    return { ...made, name: body, filter_chain_match: { prefix_ranges: [{ address_prefix: address, prefix_len: 32 }] } }
  }
  const listener = (...chains: object[]) => ({
    name: 'l',
    address: { socket_address: { address: '0.0.0.0', port_value: 0 } },
    filter_chains: chains,
  })
  const kept = chain('127.0.0.1', 'kept')
  await using proxy = await startWholeProxy(
    {},
    {
      prepare: (folder) => writeResources(folder, 'lds.json', 'listener', [listener(kept, chain('127.0.0.2', 'old'))]),
      bootstrap: fromFiles({ lds: true }),
      flags: ['--concurrency', '1', '--drain-time-s', '1'],
    },
  )
  const port = proxy.port('l')
  using lasting = await rawClient(port)
  using ending = await rawClient(port, '127.0.0.2')
  lasting.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
  ending.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
  await lasting.until('kept')
  await ending.until('old')
  writeResources(proxy.folder, 'lds.json', 'listener', [listener(kept, chain('127.0.0.2', 'new'))], '2')
  await counted(proxy, 'listener_manager.listener_in_place_updated', 1)
  expect(await proxy.stat('listener_manager.total_filter_chains_draining')).toBe(1)
  using fresh = await rawClient(port, '127.0.0.2')
  fresh.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
  await fresh.until('new')
  await ending.closed()
  await counted(proxy, 'listener_manager.total_filter_chains_draining', 0)
  lasting.write('GET /again HTTP/1.1\r\nhost: a\r\n\r\n')
  await lasting.until(/kept[^]*kept/)
  expect(await proxy.stat('listener_manager.total_listeners_draining')).toBe(0)
}, 60_000)

test('a listener that is removed stops at once, and its connections end after the drain time', async () => {
  const listener = httpListener('l', { routes: [direct('/', 'hi')] })
  await using proxy = await startWholeProxy(
    {},
    {
      prepare: (folder) => writeResources(folder, 'lds.json', 'listener', [listener]),
      bootstrap: fromFiles({ lds: true }),
      flags: ['--concurrency', '2', '--drain-time-s', '1'],
    },
  )
  const port = proxy.port('l')
  using client = await rawClient(port)
  client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
  await client.until('hi')
  writeResources(proxy.folder, 'lds.json', 'listener', [], '2')
  await counted(proxy, 'listener_manager.listener_removed', 1)
  await eventually('a refusal', async () =>
    bodyOf(port).then(
      () => false,
      () => true,
    ),
  )
  expect(await proxy.stat('listener_manager.total_listeners_draining')).toBe(1)
  await client.closed()
  await counted(proxy, 'listener_manager.total_listeners_draining', 0)
  writeResources(proxy.folder, 'lds.json', 'listener', [listener], '3')
  await counted(proxy, 'listener_manager.total_listeners_active', 1)
}, 60_000)

test('a cluster that is removed is unknown, and its statistics go', async () => {
  await using backend = await answering('here')
  const cluster = staticCluster('app', [backend.port])
  await using proxy = await startWholeProxy(
    {
      listeners: [
        httpListener('front', {
          extra: {
            route_config: {
              virtual_hosts: [{ name: 'v', domains: ['*'], routes: [routeTo('app')] }],
              validate_clusters: false,
            },
          },
        }),
      ],
    },
    {
      prepare: (folder) => writeResources(folder, 'cds.json', 'cluster', [cluster]),
      bootstrap: fromFiles({ cds: true }),
      flags: ['--concurrency', '2'],
    },
  )
  const port = proxy.port('front')
  expect(await bodyOf(port)).toBe('here')
  expect(await proxy.stat('cluster.app.upstream_rq_total')).toBe(1)
  writeResources(proxy.folder, 'cds.json', 'cluster', [], '2')
  await counted(proxy, 'cluster_manager.cluster_removed', 1)
  await eventually('503', async () => (await bodyOf(port)) === '503')
  expect(await proxy.admin('/stats?filter=^cluster\\.app\\.')).toBe('')
  writeResources(proxy.folder, 'cds.json', 'cluster', [cluster], '3')
  await eventually('a reply', async () => (await bodyOf(port)) === 'here')
  await eventually('a count', async () => ((await proxy.stat('cluster.app.upstream_rq_total')) ?? 0) > 0)
}, 60_000)

test('an update that is refused or unreadable leaves everything as it was', async () => {
  await using proxy = await startWholeProxy(
    {},
    {
      prepare: (folder) =>
        writeResources(folder, 'lds.json', 'listener', [httpListener('l', { routes: [direct('/', 'good')] })]),
      bootstrap: fromFiles({ lds: true }),
      flags: ['--concurrency', '1'],
    },
  )
  const port = proxy.port('l')
  writeResources(proxy.folder, 'lds.json', 'listener', [httpListener('l', { routes: [routeTo('nowhere')] })], '2')
  await counted(proxy, 'listener_manager.lds.update_rejected', 1)
  expect(proxy.log()).toContain("lds: listener 'l' config rejected: route: unknown cluster 'nowhere'")
  writeFileSync(join(proxy.folder, 'lds.json'), '{')
  await Bun.sleep(100)
  expect(await proxy.stat('listener_manager.lds.update_failure')).toBe(0)
  expect(await bodyOf(port)).toBe('good')
  const dump = await proxy.admin('/config_dump?resource=dynamic_listeners')
  expect(dump).toContain('error_state')
  expect(await proxy.stat('listener_manager.lds.update_success')).toBe(1)
}, 60_000)

test('a file that is missing at the start ends it', async () => {
  const failure = await startWholeProxy({}, { bootstrap: fromFiles({ lds: true }) }).catch(String)
  expect(failure).toMatch(/paths must refer to an existing path in the system: '.*lds.json' does not exist/)
}, 60_000)

test('exact balance: every worker gets as many connections', async () => {
  const balanced = {
    ...httpListener('balanced', { routes: [direct('/', 'hi')] }),
    connection_balance_config: { exact_balance: {} },
  }
  await using proxy = await startWholeProxy({ listeners: [balanced] }, { flags: ['--concurrency', '3'] })
  using clients = new DisposableStack()
  for (let i = 0; i < 9; i++) {
    const client = clients.use(await rawClient(proxy.port('balanced')))
    client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    await client.until('hi')
    client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    await client.until(/hi[^]*hi/)
  }
  const active = async (worker: number) => proxy.stat(`listener.127.0.0.1_0.worker_${worker}.downstream_cx_active`)
  expect([await active(0), await active(1), await active(2)]).toEqual([3, 3, 3])
  expect(await proxy.stat('listener.127.0.0.1_0.downstream_cx_total')).toBe(9)
  clients.dispose()
  await counted(proxy, 'listener.127.0.0.1_0.downstream_cx_active', 0)
}, 60_000)

test('a listener has more addresses, none, or a limit of connections', async () => {
  const listener = {
    ...httpListener('two', { routes: [direct('/', 'hi')] }),
    additional_addresses: [{ address: { socket_address: { address: '127.0.0.2', port_value: 0 } } }],
  }
  const limited = httpListener('limited', { routes: [direct('/', 'hi')] })
  const unbound = { ...httpListener('unbound', { routes: [direct('/', 'hi')] }), bind_to_port: false }
  const limit = { 'envoy.resource_limits.listener.limited.connection_limit': 1 }
  await using proxy = await startWholeProxy(
    { listeners: [listener, limited, unbound] },
    {
      bootstrap: { layered_runtime: { layers: [{ name: 'static', static_layer: limit }] } },
      flags: ['--concurrency', '2'],
    },
  )
  const addresses = (await proxy.admin('/listeners')).split('\n').filter((line) => line.startsWith('two::'))
  expect(addresses).toHaveLength(2)
  for (const line of addresses) expect(await (await fetch(`http://${line.slice('two::'.length)}/`)).text()).toBe('hi')
  using first = await rawClient(proxy.port('limited'))
  first.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
  await first.until('hi')
  using second = await rawClient(proxy.port('limited'))
  await second.closed()
  expect(second.received()).toBe('')
  expect(await proxy.stat('listener.127.0.0.1_0.downstream_cx_overflow')).toBe(1)
}, 60_000)
