/* Values are those that Envoy 1.40 shows for the same configuration and pressures. */
import { describe, expect, test } from 'bun:test'
import { fakeReader } from '../../../test/support/fake-reader.ts'
import { createTestScope } from '../../../test/support/fake-scope.ts'
import { keptLogger } from '../../../test/support/kept-logger.ts'
import type { Message } from '../../api/config.ts'
import type { Extension, FactoryContext, ParseContext } from '../../api/extension.ts'
import type { ResourceMonitor, ResourceUsage } from '../../api/overload.ts'
import { SimulatedDispatcher } from '../../event/simulated-dispatcher.ts'
import { Snapshot } from '../../runtime/snapshot.ts'
import { readOverloadManager } from './overload-config.ts'
import { OverloadManager } from './overload-manager.ts'
import type { OverloadStates } from './thread-overload.ts'
import { NO_OVERLOAD_SETTINGS, ThreadOverload } from './thread-overload.ts'

const INJECTED = 'envoy.resource_monitors.injected_resource'
const ACTION = 'envoy.overload_actions.'

function extensionOf(name: string, monitor: ResourceMonitor): Extension<unknown, 'envoy.resource_monitors'> {
  return {
    category: 'envoy.resource_monitors',
    name,
    typeNames: [`type.of.${name}`],
    status: 'stable',
    securityPosture: 'robust_to_untrusted_downstream_and_upstream',
    parse: () => undefined,
    create: () => monitor,
  }
}

/** A manager whose one watched resource has the pressure of `usage`. */
function managerOf(config: Message) {
  const state = { usage: { ok: true, pressure: 0 } as ResourceUsage, closed: 0 }
  const monitors: Readonly<Record<string, ResourceMonitor>> = {
    [INJECTED]: { kind: 'watched', read: () => state.usage, close: () => void state.closed++ },
    connections: { kind: 'counted', limit: 30 },
  }
  const { reader, findings } = fakeReader({ resource_monitors: [{ name: INJECTED }], ...config })
  const context = {
    namedExtension(monitor: { string(field: string): string }) {
      const name = monitor.string('name')
      const made = monitors[name]
      return made && { extension: extensionOf(name, made), config: undefined, name }
    },
  } as unknown as ParseContext
  const parsed = readOverloadManager(reader, context)
  const dispatcher = new SimulatedDispatcher()
  const scope = createTestScope()
  const logger = keptLogger()
  const connections = new SharedArrayBuffer(4)
  const published: OverloadStates[] = []
  let shrunk = 0
  const manager = new OverloadManager(parsed, {
    dispatcher,
    scope: scope.scope,
    logger,
    context: {} as FactoryContext,
    connections,
    publish: (states) => published.push(states),
    shrinkHeap: () => void shrunk++,
  })
  manager.start()
  const at = (pressure: number): void => {
    state.usage = { ok: true, pressure }
    dispatcher.advance(1000)
  }
  return { state, findings, dispatcher, scope, logger, connections, published, manager, at, shrunk: () => shrunk }
}

const threshold = (value: number) => ({ name: INJECTED, threshold: { value } })
const scaled = (scaling: number, saturation: number) => ({
  name: INJECTED,
  scaled: { scaling_threshold: scaling, saturation_threshold: saturation },
})

describe('overload manager', () => {
  test('a threshold is all or nothing, and workers hear only of changes', () => {
    const name = `${ACTION}disable_http_keepalive`
    const { at, published, scope } = managerOf({ actions: [{ name, triggers: [threshold(0.9)] }] })
    for (const pressure of [0.5, 0.89, 0.9, 0.95, 0.1]) at(pressure)
    expect(published.map(({ actions }) => actions[name as keyof typeof actions])).toEqual([1, 0])
    at(1)
    expect(scope.nonZero()).toEqual({
      [`overload.${name}.active`]: 1,
      [`overload.${name}.scale_percent`]: 100,
      [`overload.${INJECTED}.pressure`]: 100,
    })
  })

  test.each([
    [0.2, 0.9, 0.5, 42],
    [0.2, 0.9, 0.75, 78],
    [0.2, 0.9, 0.86, 94],
    [0.6, 0.9, 0.75, 50],
    [0.6, 0.9, 0.87, 90],
    [0.6, 0.9, 0.6, 0],
    [0.6, 0.9, 0.95, 100],
  ])('between %d and %d a pressure of %d shows as %d %%', (scaling, saturation, pressure, percent) => {
    const name = `${ACTION}stop_accepting_requests`
    const { at, scope } = managerOf({ actions: [{ name, triggers: [scaled(scaling, saturation)] }] })
    at(pressure)
    expect(scope.gauge(`overload.${name}.scale_percent`)).toBe(percent)
    expect(scope.gauge(`overload.${name}.active`)).toBe(percent === 100 ? 1 : 0)
  })

  test('a failed update is counted and logged, and the state stays', () => {
    const name = `${ACTION}reject_incoming_connections`
    const { at, state, dispatcher, scope, logger, published } = managerOf({
      actions: [{ name, triggers: [threshold(0.9)] }],
      refresh_interval: '0.25s',
    })
    at(0.95)
    state.usage = { ok: false, error: 'no idea' }
    dispatcher.advance(500)
    expect(scope.counter(`overload.${INJECTED}.failed_updates`)).toBe(2)
    expect(scope.gauge(`overload.${INJECTED}.pressure`)).toBe(95)
    expect(logger.lines).toEqual(Array(2).fill(`info Failed to update resource ${INJECTED}: no idea`))
    expect(published).toHaveLength(1)
    expect(scope.samples('overload.refresh_interval_delay')).toBe(5)
  })

  test('the heap is shrunk at its interval while the action is saturated', () => {
    const { at, dispatcher, scope, shrunk } = managerOf({
      actions: [{ name: `${ACTION}shrink_heap`, triggers: [threshold(0.9)] }],
    })
    at(0.95)
    dispatcher.advance(29_000)
    expect(shrunk()).toBe(3)
    at(0.1)
    dispatcher.advance(30_000)
    expect(scope.counter(`overload.${ACTION}shrink_heap.shrink_count`)).toBe(3)
  })

  test('counted resources show how much of them is taken', () => {
    const { dispatcher, scope, connections, manager } = managerOf({ resource_monitors: [{ name: 'connections' }] })
    expect(manager.settings.connections).toEqual({ resource: 'connections', limit: 30 })
    new Int32Array(connections)[0] = 1
    dispatcher.advance(1000)
    expect(scope.gauge('overload.connections.pressure')).toBe(3)
    expect(scope.counter('overload.connections.skipped_updates')).toBeUndefined()
  })

  test('counted resources are triggers as well', () => {
    const { dispatcher, connections, published } = managerOf({
      resource_monitors: [{ name: 'connections' }],
      actions: [
        { name: `${ACTION}disable_http_keepalive`, triggers: [{ name: 'connections', threshold: { value: 0.5 } }] },
      ],
    })
    for (const open of [14, 15]) {
      new Int32Array(connections)[0] = open
      dispatcher.advance(1000)
    }
    expect(published.map(({ actions }) => actions)).toEqual([{ [`${ACTION}disable_http_keepalive`]: 1 }])
  })

  test('what concerns other protocols than HTTP/1 shows its state', () => {
    const names = ['reset_high_memory_stream', 'close_idle_http_connections'].map((name) => ACTION + name)
    const { at, scope, findings } = managerOf({
      actions: names.map((name) => ({ name, triggers: [threshold(0.9)] })),
      buffer_factory_config: { minimum_account_to_track_power_of_two: 20 },
    })
    expect([...findings.errors, ...findings.unread()]).toEqual([])
    at(0.95)
    expect(names.map((name) => scope.gauge(`overload.${name}.active`))).toEqual([1, 1])
  })

  test('nothing is left after the end', () => {
    const { manager, dispatcher, state } = managerOf({
      actions: [{ name: `${ACTION}shrink_heap`, triggers: [threshold(0.9)] }],
    })
    manager.close()
    expect([dispatcher.armedTimers, state.closed]).toEqual([0, 1])
  })

  test.each<[string, Message, string]>([
    [
      'monitors',
      { resource_monitors: [{ name: INJECTED }, { name: INJECTED }] },
      `Duplicate resource monitor ${INJECTED}`,
    ],
    [
      'resources of triggers',
      { actions: [{ name: `${ACTION}shrink_heap`, triggers: [{ name: 'nope', threshold: { value: 1 } }] }] },
      `Unknown trigger resource nope for overload action ${ACTION}shrink_heap`,
    ],
    [
      'triggers',
      { actions: [{ name: `${ACTION}shrink_heap`, triggers: [threshold(1), threshold(1)] }] },
      `Duplicate trigger resource for overload action ${ACTION}shrink_heap`,
    ],
    ['names of actions', { actions: [{ name: 'foo', triggers: [] }] }, 'Unknown Overload Manager Action foo'],
    [
      'ranges',
      { actions: [{ name: `${ACTION}shrink_heap`, triggers: [scaled(0.9, 0.9)] }] },
      'scaling_threshold must be less than saturation_threshold',
    ],
    [
      'reduce_timeouts without its configuration',
      { actions: [{ name: `${ACTION}reduce_timeouts`, triggers: [] }] },
      `Overload action "${ACTION}reduce_timeouts" requires typed_config`,
    ],
    [
      'configuration where none belongs',
      { actions: [{ name: `${ACTION}disable_http_keepalive`, typed_config: { '@type': 'a/x.Y' }, triggers: [] }] },
      `Overload action name "${ACTION}disable_http_keepalive" conflicts with its typed config`,
    ],
    [
      'load shed points',
      { loadshed_points: [point('tcp_listener_accept'), point('tcp_listener_accept')] },
      'Duplicate loadshed point envoy.load_shed_points.tcp_listener_accept',
    ],
  ])('refused as in Envoy: %s', (_, config, message) => {
    expect(managerOf(config).findings.errors).toEqual([message])
  })

  test.each([
    [{ loadshed_points: [point('http2_server_go_away_on_dispatch')] }],
    [{ loadshed_points: [{ name: 'mine', triggers: [] }] }],
  ])('not there yet, said by name: %j', (config) => {
    expect(managerOf(config).findings.errors).toHaveLength(1)
  })
})

function point(name: string): Message {
  return { name: `envoy.load_shed_points.${name}`, triggers: [{ name: INJECTED, threshold: { value: 0.5 } }] }
}

describe('overload of a thread', () => {
  function threadOf(settings: Partial<typeof NO_OVERLOAD_SETTINGS>, runtimeLimit?: string) {
    const scope = createTestScope()
    const entry = { json: 2, text: runtimeLimit ?? '', integer: Number(runtimeLimit) }
    const entries = new Map(runtimeLimit === undefined ? [] : [['overload.global_downstream_max_connections', entry]])
    const random = { u32: () => 0, float: () => 0.4, uuid: () => '' }
    const connections = new SharedArrayBuffer(4)
    const deps = { random, runtime: { current: new Snapshot(entries) }, scope: scope.scope, connections }
    const make = () => new ThreadOverload({ ...NO_OVERLOAD_SETTINGS, ...settings }, deps)
    return { overload: make(), other: make(), scope }
  }

  test('between 0 and 1 an action is taken with that probability', () => {
    const { overload } = threadOf({})
    const set = (state: number): void =>
      overload.set({ actions: { 'envoy.overload_actions.stop_accepting_requests': state }, points: {} })
    expect(overload.stopsAcceptingRequests()).toBe(false)
    const seen = [0.3, 0.5, 1, 0].map((state) => {
      set(state)
      return overload.stopsAcceptingRequests()
    })
    expect(seen).toEqual([false, true, true, false])
  })

  test('a load shed point counts what it sheds; one that is not configured is not there', () => {
    const { overload, scope } = threadOf({ loadShedPoints: ['tcp_listener_accept'] })
    const shed = overload.loadShedPoint('tcp_listener_accept')
    expect(shed?.shouldShed()).toBe(false)
    overload.set({ actions: {}, points: { tcp_listener_accept: 0.5 } })
    expect([shed?.shouldShed(), shed?.shouldShed()]).toEqual([true, true])
    expect(scope.counter('overload.envoy.load_shed_points.tcp_listener_accept.shed_load_count')).toBe(2)
    expect(overload.loadShedPoint('hcm_ondata_creating_codec')).toBeUndefined()
  })

  test('listeners are told when to pause, once a change', () => {
    const { overload } = threadOf({})
    const told: boolean[] = []
    overload.onStopAccepting(() => told.push(overload.stopAcceptingConnections))
    for (const state of [0.5, 1, 1, 0.9]) {
      overload.set({ actions: { 'envoy.overload_actions.stop_accepting_connections': state }, points: {} })
    }
    expect(told).toEqual([true, false])
  })

  test('connections are counted over all threads', () => {
    const { overload, other, scope } = threadOf({ connections: { resource: 'r', limit: 2 } })
    expect([overload.tryTakeConnection(), other.tryTakeConnection(), overload.tryTakeConnection()]).toEqual([
      true,
      true,
      false,
    ])
    expect(scope.counter('overload.r.failed_updates')).toBe(1)
    other.giveBackConnection()
    expect(overload.tryTakeConnection()).toBe(true)
  })

  test('the limit of old is a runtime key', () => {
    const { overload } = threadOf({}, '1')
    expect([overload.tryTakeConnection(), overload.tryTakeConnection()]).toEqual([true, false])
  })
})
