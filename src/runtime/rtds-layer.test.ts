import { expect, test } from 'bun:test'
import { createTestScope } from '../../test/support/fake-scope.ts'
import { keptLogger } from '../../test/support/kept-logger.ts'
import type { ResourceSink } from '../api/subscription.ts'
import { SimulatedDispatcher } from '../event/simulated-dispatcher.ts'
import { LayeredRuntime } from './layered-runtime.ts'
import { RtdsLayer } from './rtds-layer.ts'
import type { DiscoveredLayerConfig } from './runtime-config.ts'
import { runtimeEntry } from './runtime-entry.ts'

const LAYER: DiscoveredLayerConfig = {
  kind: 'rtds',
  name: 'layer',
  resource: 'res',
  source: { kind: 'path', path: '/r', watchedDirectory: undefined },
}

function setUp() {
  const { scope } = createTestScope()
  let changes = 0
  const below = { kind: 'static', name: 'below', entries: new Map([['a', runtimeEntry(1)!]]) } as const
  const runtime = new LayeredRuntime(
    { layers: [below, LAYER] },
    {
      dispatcher: new SimulatedDispatcher(),
      scope,
      serviceCluster: '',
      logger: keptLogger('runtime'),
      onChange: () => void changes++,
    },
  )
  let sink: ResourceSink | undefined
  const layer = new RtdsLayer(LAYER, {
    scope,
    setDiscovered: (name, entries) => runtime.setDiscovered(name, entries),
    subscriptions: {
      create: (_source, _type, _scope, its) => {
        sink = its
        return { ok: true, subscription: { start: () => undefined, close: () => undefined } }
      },
    },
  })
  layer.subscribe()
  let ready = 0
  layer.initialize(() => void ready++)
  const update = (...resources: object[]) =>
    sink!.onConfigUpdate(
      resources.map((message) => ({ name: (message as { name: string }).name, message: message as never })),
      '1',
    )
  return { runtime, update, changes: () => changes, ready: () => ready, fail: () => sink!.onConfigUpdateFailed() }
}

test('rtds: values come over those of layers below, and go with the next update', () => {
  const { runtime, update, changes, ready } = setUp()
  expect([runtime.current.integer('a', 0), ready()]).toEqual([1, 0])
  expect(update({ name: 'res', layer: { a: 2, b: { c: 3 } } })).toBeUndefined()
  expect([runtime.current.integer('a', 0), runtime.current.integer('b.c', 0), changes(), ready()]).toEqual([2, 3, 1, 1])
  expect(update({ name: 'res', layer: {} })).toBeUndefined()
  expect([runtime.current.integer('a', 0), runtime.current.integer('b.c', 0), changes(), ready()]).toEqual([1, 0, 2, 1])
})

test('rtds: refuses what it did not ask for, and lets the start go on', () => {
  const { update, fail, changes, ready } = setUp()
  expect(update({ name: 'other' })).toBe('Unexpected RTDS runtime (expecting res): other')
  expect(update()).toBe('Unexpected RTDS resource length, number of added resources 0, number of removed resources 0')
  expect(update({ name: 'res', layer: { bad: null } })).toBe('Invalid runtime entry value for bad')
  expect([changes(), ready()]).toEqual([0, 0])
  fail()
  fail()
  expect(ready()).toBe(1)
})
