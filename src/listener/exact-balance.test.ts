import { expect, test } from 'bun:test'
import { SharedCounterAllocator, SharedCounters } from '../stats/shared-counters.ts'
import { ExactBalance, listenerCounters } from './exact-balance.ts'

test('exact balance: the worker with the fewest connections is next, one’s own in doubt', () => {
  const block = new SharedCounterAllocator().allocate(listenerCounters(3))
  const workers = [0, 1, 2].map((own) => new ExactBalance(new SharedCounters(block), own))
  expect(Array.from({ length: 6 }, () => workers[1]!.choose())).toEqual([1, 0, 2, 1, 0, 2])
  workers[2]!.release()
  workers[2]!.release()
  expect([workers[0]!.choose(), workers[0]!.choose(), workers[0]!.choose()]).toEqual([2, 2, 0])
})
