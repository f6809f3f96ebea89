import { expect, test } from 'bun:test'
import { SimulatedDispatcher } from '../../event/simulated-dispatcher.ts'
import { SharedCounterAllocator, SharedCounters } from '../../stats/shared-counters.ts'
import { HOST, HOST_COUNTERS } from '../shared-layout.ts'
import { RetiredCounters } from './retired-counters.ts'

function retiring() {
  const dispatcher = new SimulatedDispatcher()
  const shared = new SharedCounterAllocator()
  const retired = new RetiredCounters({ dispatcher, shared })
  const allocate = () => shared.allocate(HOST_COUNTERS)
  return { dispatcher, retired, allocate }
}

test('counters of a host that is gone serve another one ten minutes later, from zero', () => {
  const { dispatcher, retired, allocate } = retiring()
  const gone = allocate()
  new SharedCounters(gone).set(HOST.rqTotal, 7)
  retired.retireHost(gone)
  dispatcher.advance(599_000)
  retired.retireHost(allocate())
  expect(allocate().offset).not.toBe(gone.offset)
  dispatcher.advance(1000)
  retired.retireHost(allocate())
  const again = allocate()
  expect(again.offset).toBe(gone.offset)
  expect(new SharedCounters(again).get(HOST.rqTotal)).toBe(0)
})

test('counters of a host that still has a connection wait for its end', () => {
  const { dispatcher, retired, allocate } = retiring()
  const gone = allocate()
  const counters = new SharedCounters(gone)
  counters.set(HOST.cxActive, 1)
  retired.retireHost(gone)
  dispatcher.advance(3_600_000)
  retired.retireHost(allocate())
  expect(allocate().offset).not.toBe(gone.offset)
  counters.set(HOST.cxActive, 0)
  retired.retireHost(allocate())
  expect(allocate().offset).toBe(gone.offset)
})

test('where thousands go at a time the oldest wait for half a minute', () => {
  const { dispatcher, retired, allocate } = retiring()
  const gone = allocate()
  retired.retireHost(gone)
  for (let n = 0; n < 10_000; n++) retired.retireHost(allocate())
  dispatcher.advance(29_000)
  retired.retireHost(allocate())
  expect(allocate()).not.toBe(gone)
  dispatcher.advance(1000)
  retired.retireHost(allocate())
  expect(new Set([allocate(), allocate(), allocate()])).toContain(gone)
})
