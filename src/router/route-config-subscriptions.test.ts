import { describe, expect, test } from 'bun:test'
import { createTestScope } from '../../test/support/fake-scope.ts'
import type { RouteSubscriptionRequest } from '../api/discovery.ts'
import type { Logger } from '../api/log.ts'
import type { ResourceSink } from '../api/subscription.ts'
import { RouteConfigSubscriptions } from './route-config-subscriptions.ts'

const REQUEST: RouteSubscriptionRequest = {
  kind: 'routes',
  key: 'k',
  name: 'r',
  source: { kind: 'path', path: '/r', watchedDirectory: undefined },
  statPrefix: 'in',
}

function setUp() {
  const stats = createTestScope()
  const lines: string[] = []
  const sent: string[] = []
  let sink: ResourceSink | undefined
  let started = 0
  let closed = 0
  let problem: string | undefined
  const subscriptions = new RouteConfigSubscriptions({
    subscriptions: {
      create: ({ path }, _type, _scope, its) => {
        if (path === '/missing') return { ok: false, message: 'it is missing' }
        sink = its
        return { ok: true, subscription: { start: () => void started++, close: () => void closed++ } }
      },
    },
    scope: stats.scope,
    logger: { warning: (_source: string, message: string) => void lines.push(message) } as unknown as Logger,
    wallNow: () => 1000,
    check: () => problem,
    send: (key, table) => void sent.push(`${key} ${JSON.stringify(table)}`),
    forgetStats: () => undefined,
    forget: (key) => void sent.push(`forget ${key}`),
  })
  const acquire = (request = REQUEST) => {
    const acquired = subscriptions.acquire(request)
    if (!acquired.ok) throw new Error(acquired.message)
    return acquired.use
  }
  return {
    subscriptions,
    acquire,
    stats,
    lines,
    sent,
    update: (names: readonly string[], version = '1', more = {}) =>
      sink!.onConfigUpdate(
        names.map((name) => ({ name, message: { name, ...more } })),
        version,
      ),
    fail: () => sink!.onConfigUpdateFailed(),
    counts: () => [started, closed],
    refuse: (text: string | undefined) => (problem = text),
  }
}

describe('route tables by name', () => {
  test('one subscription for all who ask for the same, closed with the last of them', () => {
    const { acquire, counts, update, sent } = setUp()
    const one = acquire()
    const two = acquire()
    const ready: string[] = []
    one.target.initialize(() => ready.push('one'))
    two.target.initialize(() => ready.push('two'))
    expect([ready, counts()]).toEqual([[], [1, 0]])
    expect(update(['r'])).toBeUndefined()
    expect(ready).toEqual(['one', 'two'])
    acquire().target.initialize(() => ready.push('late'))
    expect(ready).toEqual(['one', 'two', 'late'])
    one.release()
    two.release()
    expect(counts()).toEqual([1, 0])
    expect(sent).toEqual(['k {"name":"r"}'])
  })

  test('the last release closes it and takes the table from the workers', () => {
    const { acquire, counts, sent, subscriptions, update } = setUp()
    const use = acquire()
    use.target.initialize(() => undefined)
    update(['r'])
    expect(subscriptions.list()).toEqual([{ message: { name: 'r' }, version: '1', lastUpdatedMs: 1000 }])
    use.release()
    expect([counts(), sent, subscriptions.list()]).toEqual([[1, 1], ['k {"name":"r"}', 'forget k'], []])
  })

  test('only a table that differs is passed on', () => {
    const { acquire, update, sent, stats } = setUp()
    acquire()
    update(['r'], '1')
    update(['r'], '2')
    update(['r'], '3', { vhost_header: 'x' })
    expect(sent).toEqual(['k {"name":"r"}', 'k {"name":"r","vhost_header":"x"}'])
    expect(stats.counter('http.in.rds.r.config_reload')).toBe(2)
    expect(stats.gauge('http.in.rds.r.config_reload_time_ms')).toBe(1000)
  })

  test('refuses what was not asked for and what is wrong, and keeps what it has', () => {
    const { acquire, update, lines, refuse, sent, stats } = setUp()
    acquire()
    expect(update(['other'])).toBe('Unexpected RDS configuration (expecting r): other')
    expect(update(['r', 'other'])).toBe('Unexpected RDS resource length: 2')
    expect(lines).toEqual([
      "rds: route config 'r' rejected: Unexpected RDS configuration (expecting r): other",
      "rds: route config 'r' rejected: Unexpected RDS resource length: 2",
    ])
    refuse('it is wrong')
    expect(update(['r'])).toBe('it is wrong')
    refuse(undefined)
    expect(update([])).toBeUndefined()
    expect(stats.counter('http.in.rds.r.update_empty')).toBe(1)
    expect(sent).toEqual([])
  })

  test('a failure lets the start go on', () => {
    const { acquire, fail, subscriptions } = setUp()
    let ready = 0
    acquire().target.initialize(() => void ready++)
    fail()
    fail()
    expect(ready).toBe(1)
    const missing = subscriptions.acquire({ ...REQUEST, key: 'm', source: { ...REQUEST.source, path: '/missing' } })
    expect(missing).toEqual({ ok: false, message: 'it is missing' })
  })
})
