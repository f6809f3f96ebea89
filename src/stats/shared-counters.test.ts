import { expect, test } from 'bun:test'
import { SharedCounterAllocator, SharedCounters } from './shared-counters.ts'

test('shared counters: blocks do not overlap, views of one block agree', () => {
  const allocator = new SharedCounterAllocator()
  const first = allocator.allocate(3)
  const second = allocator.allocate(2)
  const here = new SharedCounters(first)
  const there = new SharedCounters(structuredClone(first))
  expect(here.add(2, 5)).toBe(5)
  expect(there.add(2, -1)).toBe(4)
  expect(new SharedCounters(second).get(0)).toBe(0)
  new SharedCounters(second).set(0, 9)
  expect([here.get(0), here.get(1), here.get(2)]).toEqual([0, 0, 4])
})

test('shared counters: large blocks and freed blocks', () => {
  const allocator = new SharedCounterAllocator()
  expect(new SharedCounters(allocator.allocate(20_000)).add(19_999, 1)).toBe(1)
  const block = allocator.allocate(4)
  new SharedCounters(block).set(3, 7)
  allocator.free(block)
  const again = allocator.allocate(4)
  expect(again).toBe(block)
  expect(new SharedCounters(again).get(3)).toBe(0)
})
