import { describe, expect, test } from 'bun:test'
import { createTestScope } from '../../test/support/fake-scope.ts'
import { InitManager } from '../base/init-manager.ts'
import { parseMessage } from '../config/parse-message.ts'
import { createParseContext } from '../config/parse-context.ts'
import { parseRoot } from '../config/parse-root.ts'
import { SimulatedDispatcher } from '../event/simulated-dispatcher.ts'
import { ExtensionRegistry } from '../registry/extension-registry.ts'
import { SharedCounterAllocator } from '../stats/shared-counters.ts'
import type { ListenerComponentFactory } from './listener-component-factory.ts'
import { parseListener } from './listener-config.ts'
import type { AddListenerResult } from './listener-manager.ts'
import { ListenerManager } from './listener-manager.ts'
import type { Discoveries } from '../api/discovery.ts'

const LISTENER = 'envoy.config.listener.v3.Listener'
const DRAIN_TIME_MS = 10_000

const FILTER = {
  category: 'envoy.filters.network',
  name: 'test.filter',
  // A type that Envoy knows, without fields that a test would have to set.
  typeNames: ['envoy.extensions.filters.network.echo.v3.Echo'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  terminal: true,
  parse: () => undefined,
  create: () => () => undefined,
} as const

function setUp(started = true, concurrency = 1) {
  const dispatcher = new SimulatedDispatcher()
  const stats = createTestScope()
  const orders: string[] = []
  const done = async (what: string): Promise<void> => void orders.push(what)
  let nextFd = 10
  const open = new Set<number>()
  const take = (): number => {
    open.add(nextFd)
    return nextFd++
  }
  const busy = new Set<string>()
  const componentFactory: ListenerComponentFactory = {
    createListenSockets: ({ address }, count) =>
      busy.has(address.text)
        ? { ok: false, message: `cannot bind '${address.text}': Address already in use` }
        : { ok: true, fds: Array.from({ length: count }, take), address },
    cloneListenSockets: ({ fds, address }) => {
      orders.push('clone')
      return { ok: true, fds: fds.map(take), address }
    },
    listen: () => undefined,
    closeListenSockets: ({ fds }) => {
      for (const fd of fds) open.delete(fd)
    },
  }
  let missing: string | undefined
  let ready: (() => void) | undefined
  const uses = { open: 0 }
  const discoveries: Discoveries = {
    acquire: (requests) => {
      if (requests.length === 0) return { ok: true, uses: [] }
      if (missing !== undefined) return { ok: false, message: missing }
      uses.open++
      const target = { name: 'routes', initialize: (done: () => void) => void (ready = done) }
      return { ok: true, uses: [{ target, release: () => void uses.open-- }] }
    },
  }
  const initManager = new InitManager('Server')
  const line = (): void => undefined
  const logger = { debug: line, info: line, warning: line, error: line } as never
  const manager = new ListenerManager({
    componentFactory,
    concurrency,
    dispatcher,
    drainTimeMs: DRAIN_TIME_MS,
    initManager,
    forgetStats: (prefix) => void orders.push(`forget ${prefix}`),
    logger,
    connectionLogger: logger,
    discoveries,
    scope: stats.scope,
    shared: new SharedCounterAllocator(),
    workerFactory: {
      createWorker: () => ({
        addListener: (tag, { fds }) => done(`add ${tag} on ${fds.length}`),
        updateFilterChains: (tag, _message, group) => done(`chains ${tag} group ${group}`),
        removeFilterChains: (tag, group) => done(`remove chains ${tag} group ${group}`),
        stopListener: (tag) => done(`stop ${tag}`),
        drainListener: (tag) => done(`drain ${tag}`),
        removeListener: (tag, forget) => done(`remove ${tag}${forget === '' ? '' : ` and ${forget}`}`),
        start: () => done('start'),
      }),
    },
  })
  const context = createParseContext(new ExtensionRegistry([FILTER]), {
    clusterNames: undefined,
    accessLogFiles: undefined as never,
  })
  const parse = (yaml: string) => {
    const message = parseMessage(LISTENER, yaml)
    if (!message.ok) throw new Error(JSON.stringify(message.errors))
    const parsed = parseRoot(LISTENER, message.value, {}, (reader) => parseListener(reader, context))
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors))
    return { config: parsed.value, message: message.value }
  }
  const update = (yaml: string, version = '1', waits = false): AddListenerResult => {
    const { config, message } = parse(yaml)
    const request = { kind: 'routes', key: 'r', name: 'r', source: undefined as never, statPrefix: '' } as const
    const discoveries = waits ? [request] : []
    const origin = { addedViaApi: true, version, lastUpdated: 0 }
    return manager.addOrUpdateListener({ ...config, discoveries }, message, origin)
  }
  if (started) initManager.initialize(() => void manager.startWorkers())
  orders.length = 0
  return {
    busy,
    dispatcher,
    manager,
    orders,
    open,
    parse,
    stats,
    update,
    uses,
    becomeReady: () => ready?.(),
    loseRoutes: (message: string) => (missing = message),
    stat: (name: string) =>
      stats.counter(`listener_manager.${name}`) ?? stats.gauge(`listener_manager.${name}`) ?? Number.NaN,
    takeOrders: () => orders.splice(0),
  }
}

/** A listener as YAML flow. */
function listener(name: string, port: number, chains: readonly string[] = ['a'], more = ''): string {
  const echo = '{name: f, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo}}'
  const list = chains.map(
    (chain, index) => `{name: ${chain}, filter_chain_match: {source_ports: [${index + 1}]}, filters: [${echo}]}`,
  )
  return `{name: ${name}, address: {socket_address: {address: 127.0.0.1, port_value: ${port}}}, filter_chains: [${list.join()}]${more}}`
}

const settled = async (): Promise<void> => Bun.sleep(0)

describe('listener manager', () => {
  test('a changed listener takes over the sockets before the old one stops', async () => {
    const { update, takeOrders, dispatcher, stat, manager } = setUp()
    expect(update(listener('l', 80))).toEqual({ ok: true, changed: true })
    expect(update(listener('l', 80))).toEqual({ ok: true, changed: false })
    takeOrders()
    update(listener('l', 80, ['a'], ', per_connection_buffer_limit_bytes: 5'), '2')
    await settled()
    expect(takeOrders()).toEqual(['clone', 'add 2 on 1', 'stop 1', 'drain 1'])
    expect([stat('total_listeners_active'), stat('total_listeners_draining')]).toEqual([1, 1])
    expect(manager.draining().map(({ version }) => version)).toEqual(['1'])
    dispatcher.advance(DRAIN_TIME_MS)
    await settled()
    expect(takeOrders()).toEqual(['remove 1'])
    expect([stat('listener_added'), stat('listener_modified'), stat('total_listeners_draining')]).toEqual([1, 1, 0])
  })

  test('the old one serves while the new one waits for its routes', async () => {
    const { update, takeOrders, stat, becomeReady, uses, manager } = setUp()
    update(listener('l', 80))
    takeOrders()
    update(listener('l', 80, ['a'], ', tcp_backlog_size: 5'), '2', true)
    expect([takeOrders(), stat('total_listeners_warming'), uses.open]).toEqual([['clone'], 1, 1])
    expect(manager.warming().map(({ version }) => version)).toEqual(['2'])
    becomeReady()
    await settled()
    expect(takeOrders()).toEqual(['add 2 on 1', 'stop 1', 'drain 1'])
    expect([stat('total_listeners_warming'), stat('listener_modified')]).toEqual([0, 1])
  })

  test('a warming one that is taken back leaves nothing', () => {
    const { update, becomeReady, stat, uses, open, takeOrders } = setUp()
    update(listener('l', 80))
    const before = open.size
    update(listener('l', 80, ['a'], ', tcp_backlog_size: 5'), '2', true)
    expect(update(listener('l', 80), '3')).toEqual({ ok: true, changed: true })
    expect([open.size - before, uses.open, stat('total_listeners_warming'), stat('listener_modified')]).toEqual([
      0, 0, 0, 2,
    ])
    takeOrders()
    becomeReady()
    expect(takeOrders()).toEqual([])
  })

  test('where only filter chains differ the sockets stay', async () => {
    const { update, takeOrders, dispatcher, stat, manager } = setUp()
    update(listener('l', 80, ['a', 'b']))
    takeOrders()
    update(listener('l', 80, ['a', 'c']), '2')
    await settled()
    expect(takeOrders()).toEqual(['chains 1 group 1'])
    expect([
      stat('listener_in_place_updated'),
      stat('listener_modified'),
      stat('total_filter_chains_draining'),
    ]).toEqual([1, 1, 1])
    expect(manager.drainingConfigs()).toMatchObject([{ message: { filter_chains: [{ name: 'b' }] } }])
    dispatcher.advance(DRAIN_TIME_MS)
    await settled()
    expect(manager.drainingConfigs()).toEqual([])
    expect(takeOrders()).toEqual(['remove chains 1 group 1'])
    expect([stat('total_filter_chains_draining'), stat('total_listeners_draining')]).toEqual([0, 0])
  })

  test('refuses in Envoy’s words', () => {
    const { update, busy, loseRoutes, stat, open } = setUp()
    update(listener('l', 80))
    expect(update(listener('other', 80))).toMatchObject({
      message: expect.stringMatching(
        /^error adding listener: 'other' has duplicate address '127.0.0.1:80' as existing/,
      ),
    })
    expect(update(listener('l', 80, ['a'], ', enable_reuse_port: false'))).toEqual({
      ok: false,
      message: 'Listener l: reuse port cannot be changed during an update',
    })
    busy.add('127.0.0.1:81')
    const before = open.size
    const several = ', additional_addresses: [{address: {socket_address: {address: 127.0.0.1, port_value: 81}}}]'
    expect(update(listener('two', 82, ['a'], several))).toEqual({
      ok: false,
      message: "cannot bind '127.0.0.1:81': Address already in use",
    })
    expect([open.size - before, stat('listener_create_failure')]).toEqual([0, 1])
    loseRoutes('no such file')
    expect(update(listener('third', 83), '1', true)).toEqual({ ok: false, message: 'no such file' })
    expect([stat('listener_added'), stat('total_listeners_active')]).toEqual([1, 1])
  })

  test('a static listener is locked, and a stopped direction takes no new ones', async () => {
    const { manager, parse, update, takeOrders, stat } = setUp()
    const { config, message } = parse(listener('static', 80))
    manager.addStaticListener(config, message, 0)
    expect(update(listener('static', 81))).toEqual({ ok: true, changed: false })
    expect(manager.removeListener('static')).toBe(false)
    update(listener('in', 82, ['a'], ', traffic_direction: INBOUND'))
    takeOrders()
    await manager.stopListeners({ inboundOnly: true })
    expect(takeOrders()).toEqual(['stop 2', 'drain 2'])
    expect(update(listener('late', 83, ['a'], ', traffic_direction: INBOUND'))).toEqual({ ok: true, changed: false })
    expect(update(listener('out', 84, ['a'], ', traffic_direction: OUTBOUND'))).toEqual({ ok: true, changed: true })
    expect([stat('listener_stopped'), stat('total_listeners_active')]).toEqual([1, 3])
  })

  test('a listener that is gone takes its statistics along, unless another one counts there', async () => {
    const { manager, dispatcher, update, takeOrders } = setUp()
    update(listener('a', 80))
    update(listener('b', 81, ['a'], ', stat_prefix: same'))
    update(listener('c', 82, ['a'], ', stat_prefix: same'))
    await settled()
    const removed = async (name: string): Promise<string[]> => {
      takeOrders()
      manager.removeListener(name)
      await settled()
      dispatcher.advance(DRAIN_TIME_MS)
      await settled()
      return takeOrders().slice(2)
    }
    expect(await removed('a')).toEqual(['remove 1 and listener.127.0.0.1_80.', 'forget listener.127.0.0.1_80.'])
    expect(await removed('b')).toEqual(['remove 2'])
    expect(await removed('c')).toEqual(['remove 3 and listener.same.', 'forget listener.same.'])
  })

  test('before the workers run listeners gather, and the start waits for what they need', async () => {
    const { manager, update, takeOrders, open, stat } = setUp(false)
    update(listener('a', 80))
    update(listener('b', 81))
    expect([takeOrders(), open.size]).toEqual([[], 2])
    expect(manager.removeListener('b')).toBe(true)
    expect([open.size, stat('total_listeners_active'), stat('listener_removed')]).toEqual([1, 1, 1])
    await manager.startWorkers()
    expect(takeOrders()).toEqual(['add 1 on 1', 'start'])
    expect(stat('workers_started')).toBe(1)
  })

  describe('the next epoch', () => {
    const ADDITIONAL =
      ', additional_addresses: [{address: {socket_address: {address: "::1", port_value: 81}}}, {address: {pipe: {path: /run/x}}}]'

    test('gets sockets by address and worker, of every address that a listener has', () => {
      const { manager, update } = setUp(true, 2)
      update(listener('l', 80, ['a'], ADDITIONAL))
      update(listener('other', 82))
      const ask = (key: string) => [0, 1, 2].map((worker) => manager.listenSocket(key, worker))
      expect(ask('tcp://127.0.0.1:80')).toEqual([10, 11, undefined])
      expect(ask('tcp://[::1]:81')).toEqual([12, 13, undefined])
      expect(ask('unix:///run/x')).toEqual([14, 15, undefined])
      expect(ask('tcp://127.0.0.1:82')).toEqual([16, 17, undefined])
      expect(ask('tcp://127.0.0.1:81')).toEqual([undefined, undefined, undefined])
    })

    test('gets those of the listener that serves, not of one that is warming, draining or stopped', async () => {
      const { manager, update, becomeReady, open } = setUp()
      update(listener('l', 80))
      const before = manager.listenSocket('tcp://127.0.0.1:80', 0)
      update(listener('l', 80, ['a'], ', tcp_backlog_size: 5'), '2', true)
      update(listener('late', 83), '2', true)
      expect(manager.listenSocket('tcp://127.0.0.1:80', 0)).toBe(before)
      expect(manager.listenSocket('tcp://127.0.0.1:83', 0)).toBeUndefined()
      becomeReady()
      await settled()
      const late = manager.listenSocket('tcp://127.0.0.1:83', 0)
      expect(open.has(late ?? -1)).toBe(true)
      manager.removeListener('late')
      expect(manager.listenSocket('tcp://127.0.0.1:83', 0)).toBeUndefined()
      await manager.stopListeners({ inboundOnly: false })
      expect(manager.listenSocket('tcp://127.0.0.1:80', 0)).toBeUndefined()
    })

    test('gets nothing of a listener without sockets', () => {
      const { manager, update } = setUp()
      update(listener('l', 80, ['a'], ', bind_to_port: false'))
      expect(manager.listenSocket('tcp://127.0.0.1:80', 0)).toBeUndefined()
    })

    test('a listener that is stopped and made anew has sockets again', async () => {
      const { manager, update } = setUp()
      update(listener('l', 80, ['a'], ADDITIONAL))
      await manager.stopListeners({ inboundOnly: false })
      manager.resumeListeners()
      await settled()
      expect(['tcp://127.0.0.1:80', 'unix:///run/x'].map((key) => manager.listenSocket(key, 0))).toEqual([13, 15])
    })
  })
})
