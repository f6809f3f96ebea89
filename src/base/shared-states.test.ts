import { describe, expect, test } from 'bun:test'
import { createSharedStatesBuffer, ThreadSharedStates } from './shared-states.ts'

describe('shared states', () => {
  test('claims of one name are the same memory, also on other threads; other names are not', () => {
    const buffer = createSharedStatesBuffer(5, 64)
    const [one, other] = [new ThreadSharedStates(buffer), new ThreadSharedStates(buffer)]
    one.within('listener').claim('bucket', 2).floats[1] = 7
    expect(other.within('listener').claim('bucket', 2).floats[1]).toBe(7)
    expect(other.within('another').claim('bucket', 2).floats[1]).toBe(0)
    expect(other.within('listener').claim('bucket', 3).floats[1]).toBe(0)
    expect(other.within('a').within('b').process.claim('x', 1).floats[0]).toBe(0)
    expect(other.epochMs).toBe(5)
  })

  test('views are of the same memory', () => {
    const { floats, bits, ints } = new ThreadSharedStates(createSharedStatesBuffer(0, 8)).claim('a', 2)
    floats[1] = 1
    expect(bits[1]).toBe(0x3ff0_0000_0000_0000n)
    expect([ints.length, ints[3]]).toEqual([4, 0x3ff0_0000])
  })

  test('where nothing is left, a claim is a state of its own', () => {
    const states = new ThreadSharedStates(createSharedStatesBuffer(0, 4))
    states.claim('a', 4).floats[0] = 1
    const one = states.claim('b', 4)
    one.floats[0] = 2
    expect([states.claim('a', 4).floats[0], states.claim('b', 4).floats[0]]).toEqual([1, 0])
  })

  test('a state that is garbage makes room', async () => {
    const states = new ThreadSharedStates(createSharedStatesBuffer(0, 4))
    const buffers = new Set<ArrayBufferLike>()
    const { buffer } = states.claim('kept', 0).floats
    for (let i = 0; i < 200 && !buffers.has(buffer); i++) {
      buffers.clear()
      const claimed = states.claim(`state ${i}`, 4).floats.buffer
      if (i > 0) buffers.add(claimed)
      Bun.gc(true)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(buffers.has(buffer)).toBeTrue()
  })

  test.each(['floats', 'bits', 'ints'] as const)('who keeps only the %s keeps the state', async (view) => {
    const states = new ThreadSharedStates(createSharedStatesBuffer(0, 64))
    const kept = states.claim('kept', 4)[view]
    for (let i = 0; i < 20; i++) {
      Bun.gc(true)
      await new Promise((resolve) => setImmediate(resolve))
    }
    kept[0] = view === 'bits' ? 1n : 1
    states.claim('another', 4)
    expect(Number(kept[0])).toBe(1)
  })
})
