import { expect, test } from 'bun:test'
import { AnswerCache } from './answer-cache.ts'

test('an answer holds for its TTL, at most as long as is said', () => {
  let now = 500
  const cache = new AnswerCache(10, () => now)
  cache.keep('long', [{ ip: '10.0.0.1', ttlS: 60 }])
  cache.keep('short', [
    { ip: '10.0.0.1', ttlS: 5 },
    { ip: '10.0.0.2', ttlS: 3 },
  ])
  cache.keep('none', [])
  cache.keep('zero', [{ ip: '10.0.0.1', ttlS: 0 }])
  expect(cache.get('zero')).toBeUndefined()
  expect(cache.get('unknown')).toBeUndefined()
  now = 2500
  expect(cache.get('long')).toEqual([{ ip: '10.0.0.1', ttlS: 58 }])
  expect(cache.get('short')?.map(({ ttlS }) => ttlS)).toEqual([3, 1])
  now = 3500
  expect(cache.get('short')).toBeUndefined()
  expect(cache.get('none')).toEqual([])
  now = 10_500
  expect([cache.get('long'), cache.get('none')]).toEqual([undefined, undefined])
})
