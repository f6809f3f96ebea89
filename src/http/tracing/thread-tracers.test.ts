import { expect, test } from 'bun:test'
import { ThreadTracers } from './thread-tracers.ts'

test('a tracer is shared while somebody has it, and ends when nobody does', async () => {
  const tracers = new ThreadTracers()
  let made = 0
  let ended = 0
  const end = (): void => void ended++
  const create = () => {
    made++
    return { startSpan: () => undefined, end }
  }
  const use = (): void => {
    expect(tracers.get('a', create)).toBe(tracers.get('a', create))
    expect(made).toBe(1)
  }
  use()
  for (let round = 0; round < 50 && ended === 0; round++) {
    await new Promise((resolve) => setImmediate(resolve))
    Bun.gc(true)
  }
  expect(ended).toBe(1)
  tracers.get('a', create)
  expect(made).toBe(2)
})
