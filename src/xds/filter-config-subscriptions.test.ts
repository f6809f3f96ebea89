import { describe, expect, test } from 'bun:test'
import { createTestScope } from '../../test/support/fake-scope.ts'
import type { DiscoveryRequest, FilterSubscriptionRequest } from '../api/discovery.ts'
import type { Logger } from '../api/log.ts'
import type { ResourceSink } from '../api/subscription.ts'
import { FilterConfigSubscriptions } from './filter-config-subscriptions.ts'

const REQUEST: FilterSubscriptionRequest = {
  kind: 'filter',
  key: 'k',
  name: 'f',
  source: { kind: 'path', path: '/f', watchedDirectory: undefined },
  place: { kind: 'network_filter', chain: 'network', last: false, checked: false },
  typeNames: ['a.A', 'a.Terminal'],
  warms: true,
}

function setUp() {
  const stats = createTestScope()
  const sent: string[] = []
  const held: string[] = []
  const started: string[] = []
  let sink: ResourceSink | undefined
  let refusal: string | undefined
  let needs: readonly DiscoveryRequest[] = []
  const subscriptions = new FilterConfigSubscriptions({
    subscriptions: {
      create: ({ path }, type, _scope, its) => {
        sink = its
        const note = (what: string) => void started.push(`${what} ${type} ${path}`)
        return { ok: true, subscription: { start: () => note('start'), close: () => note('close') } }
      },
    },
    scope: stats.scope,
    logger: { debug: () => undefined } as unknown as Logger,
    discoveries: {
      acquire: (requests) => {
        held.push(...requests.map(({ name }) => `hold ${name}`))
        const uses = requests.map(({ name }) => ({
          target: { name, initialize: () => void held.push(`begin ${name}`) },
          release: () => void held.push(`release ${name}`),
        }))
        return { ok: true, uses }
      },
    },
    wallNow: () => 1000,
    prove: (_kind, message) => {
      if (refusal !== undefined) return { ok: false, message: refusal }
      const typeName = (message['typed_config'] as { '@type': string })['@type']
      const extension = { name: 'e', terminal: typeName === 'a.Terminal' } as never
      return { ok: true, filter: { filter: { extension, config: {}, name: 'f' }, typeName }, requests: needs }
    },
    send: async (key, kind, message) => void sent.push(`${key} ${kind} ${JSON.stringify(message['typed_config'])}`),
    forgetStats: () => undefined,
    forget: (key) => void sent.push(`forget ${key}`),
  })
  const acquire = (fields: Partial<FilterSubscriptionRequest> = {}) => {
    const acquired = subscriptions.acquire({ ...REQUEST, ...fields })
    if (!acquired.ok) throw new Error(acquired.message)
    return acquired.use
  }
  return {
    subscriptions,
    acquire,
    sent,
    held,
    started,
    update: (type: string, value = 1, name = 'f') =>
      sink!.onConfigUpdate([{ name, message: { name, typed_config: { '@type': type, value } } }], 'v'),
    many: (count: number) =>
      sink!.onConfigUpdate(
        Array.from({ length: count }, () => ({ name: 'f', message: {} })),
        'v',
      ),
    fail: () => sink!.onConfigUpdateFailed(),
    refuse: (message: string) => (refusal = message),
    need: (...requests: readonly DiscoveryRequest[]) => (needs = requests),
    count: (name: string) => stats.counter(`extension_config_discovery.network_filter.f.${name}`),
  }
}

describe('configurations of filters', () => {
  test('begin once for all places, and go when nobody has a place any more', async () => {
    const { acquire, started, sent, update, count, subscriptions } = setUp()
    const first = acquire()
    const second = acquire()
    const ready: string[] = []
    first.target.initialize(() => void ready.push('first'))
    second.target.initialize(() => void ready.push('second'))
    expect(started).toEqual(['start envoy.config.core.v3.TypedExtensionConfig /f'])
    expect(update('a.A')).toBeUndefined()
    expect(ready).toEqual(['first', 'second'])
    expect(sent).toEqual(['k network_filter {"@type":"a.A","value":1}'])
    await Promise.resolve()
    expect(count('config_reload')).toBe(1)
    expect(update('a.A')).toBeUndefined()
    expect(sent).toHaveLength(1)
    expect(subscriptions.list()).toMatchObject([{ name: 'f', taken: { version: 'v', lastUpdatedMs: 1000 } }])
    first.release()
    expect(sent).toHaveLength(1)
    second.release()
    expect(sent[1]).toBe('forget k')
    expect(started[1]).toStartWith('close')
  })

  test('are refused with what is wrong with them, and nobody waits any longer', () => {
    const { acquire, update, many, fail, refuse, count } = setUp()
    let ready = false
    acquire().target.initialize(() => (ready = true))
    expect(many(0)).toBe('Unexpected number of resources in ExtensionConfigDS response: 0')
    expect(many(2)).toBe('Unexpected number of resources in ExtensionConfigDS response: 2')
    expect(update('a.A', 1, 'g')).toBe('Unexpected resource name in ExtensionConfigDS response: g')
    expect(update('a.B')).toBe('Error: filter config has type URL a.B but expect a.A, a.Terminal.')
    expect(update('a.Terminal')).toBe(
      'Error: terminal filter named f of type e must be the last filter in a network filter chain.',
    )
    refuse('because')
    expect(update('a.A')).toBe('because')
    expect(ready).toBe(false)
    fail()
    expect(ready).toBe(true)
    expect([count('config_fail'), count('config_reload')]).toEqual([1, 0])
  })

  test('that a later place cannot take are a conflict there', () => {
    const { acquire, update, count } = setUp()
    acquire()
    update('a.A')
    acquire({ typeNames: ['a.B'] })
    expect(count('config_conflict')).toBe(1)
    expect(update('a.A', 2)).toBe('Error: filter config has type URL a.A but expect a.B.')
  })

  test('without warming begin, and let the listener go on', () => {
    const { acquire, started } = setUp()
    let ready = false
    acquire({ warms: false }).target.initialize(() => (ready = true))
    expect([ready, started.length]).toEqual([true, 1])
  })

  test('hold what they need from elsewhere themselves, as long as they are in use', () => {
    const { acquire, update, need, held } = setUp()
    const use = acquire()
    const routes = (name: string): DiscoveryRequest => ({ ...REQUEST, kind: 'routes', name, statPrefix: '' })
    need(routes('r'))
    update('a.A')
    need(routes('s'))
    update('a.A', 2)
    use.release()
    expect(held).toEqual(['hold r', 'begin r', 'hold s', 'begin s', 'release r', 'release s'])
  })
})
