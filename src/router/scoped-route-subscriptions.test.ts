import { describe, expect, test } from 'bun:test'
import { createTestScope } from '../../test/support/fake-scope.ts'
import type { Message } from '../api/config.ts'
import type { DiscoveryRequest, ScopeSubscriptionRequest } from '../api/discovery.ts'
import type { Logger } from '../api/log.ts'
import type { ResourceSink } from '../api/subscription.ts'
import { ScopedRouteSubscriptions } from './scoped-route-subscriptions.ts'
import type { SentScope } from './scoped-route-tables.ts'

const source = (path: string) => ({ kind: 'path', path, watchedDirectory: undefined }) as const
const REQUEST: ScopeSubscriptionRequest = {
  kind: 'scopes',
  key: 'k',
  name: 'scopes',
  source: source('/s'),
  rds: { config: { path: '/r' }, source: source('/r') },
  statPrefix: 'in',
}

const scope = (name: string, key: string, more: Message): Message => ({
  name,
  key: { fragments: [{ string_key: key }] },
  ...more,
})
const inline = (name: string, key: string, table = 't'): Message =>
  scope(name, key, { route_configuration: { name: table } })
const byName = (name: string, key: string, table: string, more: Message = {}): Message =>
  scope(name, key, { route_configuration_name: table, ...more })

function setUp(fields: Partial<ScopeSubscriptionRequest> = {}) {
  const stats = createTestScope()
  const sent: string[] = []
  const held: string[] = []
  const lines: string[] = []
  const ready = new Map<string, () => void>()
  let missing: string | undefined
  let sink: ResourceSink | undefined
  const subscriptions = new ScopedRouteSubscriptions({
    subscriptions: {
      create: (_source, _type, _scope, its) => {
        sink = its
        return { ok: true, subscription: { start: () => undefined, close: () => void held.push('close') } }
      },
    },
    scope: stats.scope,
    logger: { warning: (_source: string, message: string) => void lines.push(message) } as unknown as Logger,
    discoveries: {
      acquire: ([request]: readonly DiscoveryRequest[]) => {
        const { name } = request!
        if (missing === name) return { ok: false, message: `no ${name}` }
        held.push(`hold ${name}`)
        const target = { name, initialize: (done: () => void) => void ready.set(name, done) }
        return { ok: true, uses: [{ target, release: () => void held.push(`release ${name}`) }] }
      },
    },
    wallNow: () => 1000,
    check: ({ name }) => (name === 'bad' ? 'it is bad' : undefined),
    send: (_key, scopes) => void sent.push(scopes.map(show).join(' ')),
    forget: (key) => void sent.push(`forget ${key}`),
    forgetStats: (prefix) => void sent.push(`forget stats ${prefix}`),
  })
  const acquired = subscriptions.acquire({ ...REQUEST, ...fields })
  if (!acquired.ok) throw new Error(acquired.message)
  return {
    subscriptions,
    use: acquired.use,
    sent,
    held,
    lines,
    update: (version: string, ...scopes: readonly Message[]) =>
      sink!.onConfigUpdate(
        scopes.map((message) => ({ name: String(message['name']), message })),
        version,
      ),
    come: (table: string) => ready.get(table)?.(),
    miss: (table: string | undefined) => (missing = table),
    gauges: () =>
      ['all_scopes', 'active_scopes', 'on_demand_scopes'].map((name) =>
        stats.gauge(`http.in.scoped_rds.scopes.${name}`),
      ),
    reloads: () => stats.counter('http.in.scoped_rds.scopes.config_reload'),
  }
}

function show(sent: SentScope): string {
  if ('table' in sent) return `${sent.key}=${String(sent.table['name'])}`
  return `${sent.key}:${sent.isLoaded ? sent.routes : 'later'}`
}

const R = '{"config_source":{"path":"/r"},"route_config_name":"r"}'

describe('scopes by discovery', () => {
  test('have tables of their own, by name, or by name on demand', () => {
    const { update, sent, held, gauges, subscriptions, use, come } = setUp()
    let ready = false
    use.target.initialize(() => (ready = true))
    expect(
      update('1', inline('b', 'B'), byName('a', 'A', 'r'), byName('c', 'C', 's', { on_demand: true })),
    ).toBeUndefined()
    expect(sent).toEqual([`B=t A:${R} C:later`])
    expect(held).toEqual(['hold r'])
    expect(gauges()).toEqual([3, 1, 1])
    expect(ready).toBe(false)
    come('r')
    expect(ready).toBe(true)
    subscriptions.onWanted('k', 'c')
    subscriptions.onWanted('k', 'c')
    subscriptions.onWanted('k', 'b')
    expect(held).toEqual(['hold r', 'hold s'])
    expect(sent[1]).toBe(`B=t A:${R} C:${R.replace('"r"}', '"s"}')}`)
    expect(gauges()).toEqual([3, 2, 1])
    expect(subscriptions.list()).toMatchObject([
      { name: 'scopes', version: '1', lastUpdatedMs: 1000, scopes: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] },
    ])
  })

  test('an update lets go of what nobody names any more, after it has what it needs', () => {
    const { update, held, sent, use, reloads, subscriptions } = setUp()
    update('1', byName('a', 'A', 'r'), byName('b', 'B', 's'))
    update('2', byName('a', 'A', 'r'), byName('b', 'B', 's'))
    expect([sent.length, reloads(), subscriptions.list()[0]?.version]).toEqual([1, 2, '1'])
    update('3', byName('a', 'X', 'r'))
    expect(held).toEqual(['hold r', 'hold s', 'hold r', 'release r', 'release s'])
    expect(sent[1]).toBe(`X:${R}`)
    use.release()
    expect(held.slice(5)).toEqual(['close', 'release r'])
    expect(sent.slice(2)).toEqual(['forget k', 'forget stats http.in.scoped_rds.scopes.'])
  })

  test('the version is that of the last update that brought one, or took one whose table comes by name', () => {
    const { update, subscriptions, sent } = setUp()
    const version = (): string | undefined => subscriptions.list()[0]?.version
    update('0')
    expect(version()).toBeUndefined()
    update('1', inline('a', 'A'), byName('b', 'B', 'r'))
    update('2', byName('b', 'B', 'r'))
    expect([version(), sent.length]).toEqual(['1', 2])
    update('3')
    expect([version(), sent.length]).toEqual(['3', 3])
  })

  test('are taken whole or not at all', () => {
    const { update, sent, held, lines, miss } = setUp()
    update('1', inline('a', 'A'))
    const prefix = 'Error adding/updating scoped route(s): '
    expect(update('2', inline('b', 'B'), inline('b', 'C'))).toBe(
      `${prefix}duplicate scoped route configuration 'b' found`,
    )
    expect(update('2', inline('b', 'B'), inline('c', 'B'))).toBe(
      `${prefix}scope key conflict found, first scope is 'b', second scope is 'c'`,
    )
    expect(update('2', inline('b', 'B'), inline('c', 'C', 'bad'))).toBe('it is bad')
    expect(update('2', inline('b', 'B'), scope('c', 'C', {}))).toBe('route_configuration_name is empty.')
    miss('s')
    expect(update('2', byName('b', 'B', 'r'), byName('c', 'C', 's'))).toBe('no s')
    expect(held).toEqual(['hold r', 'release r'])
    expect(sent).toEqual(['A=t'])
    expect(lines).toEqual([
      "srds: scoped route config 'scopes' rejected: duplicate scoped route configuration 'b' found",
      "srds: scoped route config 'scopes' rejected: scope key conflict found, first scope is 'b', second scope is 'c'",
      "srds: scoped route config 'scopes' rejected: route_configuration_name is empty.",
    ])
  })

  test('name no tables where those have no source', () => {
    const { update } = setUp({ rds: undefined })
    expect(update('1', byName('a', 'A', 'r'))).toBe(
      'Missing config source specifier in envoy::config::core::v3::ConfigSource',
    )
    expect(update('1', inline('a', 'A'))).toBeUndefined()
  })
})
