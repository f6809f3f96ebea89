import { expect, test } from 'bun:test'
import { createTestScope } from '../../test/support/fake-scope.ts'
import type { TokenBucketSubscriptionRequest } from '../api/discovery.ts'
import type { ResourceSink } from '../api/subscription.ts'
import { createSharedStatesBuffer, ThreadSharedStates } from '../base/shared-states.ts'
import { tokenBucketOf } from '../config/token-bucket.ts'
import { TokenBucketSubscriptions } from './token-bucket-subscriptions.ts'
import { TokenBuckets } from './token-buckets.ts'

const REQUEST: TokenBucketSubscriptionRequest = {
  kind: 'token-bucket',
  key: 'k',
  name: 'b',
  source: { kind: 'path', path: '/f', watchedDirectory: undefined },
}
const FIVE = { max_tokens: 5, fill_interval: '1s' }

function setUp() {
  const events: string[] = []
  let sink: ResourceSink | undefined
  const subscriptions = new TokenBucketSubscriptions({
    subscriptions: {
      create: ({ path }, type, _scope, its) => {
        sink = its
        const note = (what: string) => void events.push(`${what} ${type} ${path}`)
        return { ok: true, subscription: { start: () => note('start'), close: () => note('close') } }
      },
    },
    scope: createTestScope().scope,
    send: (key, generation, { max_tokens: most }) => void events.push(`${key} ${generation}: ${String(most)}`),
    forget: (key) => void events.push(`forget ${key}`),
    forgetStats: (prefix) => void events.push(`forget stats ${prefix}`),
  })
  const acquire = () => {
    const acquired = subscriptions.acquire(REQUEST)
    if (!acquired.ok) throw new Error(acquired.message)
    return acquired.use
  }
  const update = (...buckets: readonly object[]) =>
    sink?.onConfigUpdate(
      buckets.map((message) => ({ name: 'b', message: message as never })),
      '1',
    )
  return { events, acquire, update, sink: () => sink }
}

test('whoever asks for a bucket waits until one has come that can be used', () => {
  const { events, acquire, update, sink } = setUp()
  const waiting: string[] = []
  acquire().target.initialize(() => void waiting.push('one'))
  acquire().target.initialize(() => void waiting.push('two'))
  sink()?.onConfigUpdateFailed()
  expect(update({ ...FIVE, fill_interval: '0.04s' })).toContain('must be >= 50ms')
  expect(update()).toContain('only one resource')
  expect(sink()?.onConfigUpdate([{ name: 'c', message: FIVE }], '1')).toEndWith('but got c != b')
  expect(waiting).toEqual([])
  expect(update(FIVE)).toBeUndefined()
  expect(waiting).toEqual(['one', 'two'])
  expect(events).toEqual(['start envoy.type.v3.TokenBucket /f', 'k 1: 5'])
})

test('a bucket that says something else is a new one, and the last to go ends the subscription', () => {
  const { events, acquire, update } = setUp()
  const uses = [acquire(), acquire()]
  update(FIVE)
  update(FIVE)
  update({ ...FIVE, max_tokens: 6 })
  update(FIVE)
  for (const use of uses) use.release()
  const end = ['close envoy.type.v3.TokenBucket /f', 'forget k', 'forget stats local_ratelimit_discovery.']
  expect(events).toEqual(['k 1: 5', 'k 2: 6', 'k 3: 5', ...end])
})

test('threads take from one bucket; nothing is to be had before it comes', () => {
  const buffer = createSharedStatesBuffer(0)
  const threads = [0, 1].map(() => ({ buckets: new TokenBuckets(), states: new ThreadSharedStates(buffer) }))
  const held = threads.map(({ buckets }) => buckets.provider('k'))
  const take = (times: number) => Array.from({ length: times }, (_, i) => held[i % 2]!.take()).filter(Boolean).length
  expect(take(2)).toBe(0)
  const set = (generation: number) => {
    for (const { buckets, states } of threads) {
      buckets.set('k', generation, tokenBucketOf(FIVE), states, { seconds: 1000 })
    }
  }
  set(1)
  expect(take(10)).toBe(5)
  set(2)
  expect(take(10)).toBe(5)
})
