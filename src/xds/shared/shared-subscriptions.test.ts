import { describe, expect, test } from 'bun:test'
import { createTestScope } from '../../../test/support/fake-scope.ts'
import type { Scope } from '../../api/stats.ts'
import { SharedSubscription } from './shared-subscription.ts'
import type { SharedRequest, SharedSubscriptionsDeps } from './shared-subscriptions.ts'
import { SharedSubscriptions } from './shared-subscriptions.ts'

interface NamedRequest extends SharedRequest {
  readonly name: string
}

class Named extends SharedSubscription {
  onConfigUpdate(): undefined {
    this.target.ready()
  }
}

class NamedSubscriptions extends SharedSubscriptions<NamedRequest, Named> {
  readonly #scope: Scope

  constructor(scope: Scope, deps: SharedSubscriptionsDeps) {
    super('a.Type', deps)
    this.#scope = scope
  }

  protected scopeOf({ name }: NamedRequest): Scope {
    return this.#scope.scope(name)
  }

  protected open({ name }: NamedRequest, scope: Scope): Named {
    return new Named(`target ${name}`, scope)
  }
}

function setUp() {
  const log: string[] = []
  const { scope } = createTestScope()
  const subscriptions = new NamedSubscriptions(scope, {
    subscriptions: {
      create: ({ path }, typeName) => {
        if (path === '/missing') return { ok: false, message: 'it is missing' }
        log.push(`create ${typeName} ${path}`)
        const subscription = { start: () => void log.push('start'), close: () => void log.push('close') }
        return { ok: true, subscription }
      },
    },
    forget: (key) => void log.push(`forget ${key}`),
    forgetStats: (prefix) => void log.push(`forget stats ${prefix}`),
  })
  const acquire = (name: string, { path = `/${name}`, key = name } = {}) => {
    const source = { kind: 'path', path, watchedDirectory: undefined } as const
    return subscriptions.acquire({ key, name, source })
  }
  const use = (name: string, more: { readonly path?: string; readonly key?: string } = {}) => {
    const acquired = acquire(name, more)
    if (!acquired.ok) throw new Error(acquired.message)
    return acquired.use
  }
  return { log, acquire, use }
}

describe('subscriptions that many share', () => {
  test('made for the first, begun with its target, closed and forgotten with the last', () => {
    const { log, use } = setUp()
    const [one, two] = [use('a'), use('a')]
    one.target.initialize(() => undefined)
    two.target.initialize(() => undefined)
    one.release()
    expect(log).toEqual(['create a.Type /a', 'start'])
    two.release()
    expect(log.slice(2)).toEqual(['close', 'forget a', 'forget stats a.'])
  })

  test('one that cannot be made leaves nothing behind', () => {
    const { log, acquire, use } = setUp()
    expect(acquire('a', { path: '/missing' })).toEqual({ ok: false, message: 'it is missing' })
    use('a')
    expect(log).toEqual(['forget stats a.', 'create a.Type /a'])
  })

  test('statistics below those of another one stay as long as that is there', () => {
    const { log, acquire, use } = setUp()
    const [outer, inner] = [use('a'), use('a.b')]
    acquire('a', { path: '/missing', key: 'elsewhere' })
    outer.release()
    inner.release()
    expect(log.filter((line) => line.startsWith('forget stats'))).toEqual(['forget stats a.b.'])
  })
})
