import { expect, test } from 'bun:test'
import type { WatermarkObserver } from '../../../../api/bytes.ts'
import { ClientPace } from './client-pace.ts'

function paced() {
  const told: string[] = []
  const registered = new Set<WatermarkObserver>()
  const pace = new ClientPace({
    addDownstreamWatermarkCallbacks: (observer) => void registered.add(observer),
    removeDownstreamWatermarkCallbacks: (observer) => void registered.delete(observer),
  })
  pace.addDownstreamWatermarkCallbacks({
    onAboveHighWatermark: () => told.push('above'),
    onBelowLowWatermark: () => told.push('below'),
  })
  return { pace, told, registered }
}

test('a fetch hears of its client', () => {
  const { told, registered } = paced()
  for (const observer of registered) {
    observer.onAboveHighWatermark()
    observer.onBelowLowWatermark()
  }
  expect(told).toEqual(['above', 'below'])
})

test('a client that goes holds up nobody', () => {
  const { pace, told, registered } = paced()
  pace.onAboveHighWatermark()
  pace.onAboveHighWatermark()
  pace.detach()
  expect(told).toEqual(['above', 'above', 'below', 'below'])
  expect(registered.size).toBe(0)
})

test('a fetch that is over hears nothing more', () => {
  const { pace, told, registered } = paced()
  pace.onAboveHighWatermark()
  pace.removeDownstreamWatermarkCallbacks()
  pace.detach()
  expect([told, registered.size]).toEqual([['above'], 0])
})
