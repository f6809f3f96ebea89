import { describe, expect, test } from 'bun:test'
import { AtomicTokenBucket } from './atomic-token-bucket.ts'
import { createSharedStatesBuffer, ThreadSharedStates } from './shared-states.ts'

function bucket(maxTokens: number, tokensPerSecond: number) {
  const clock = { seconds: 1 }
  const states = new ThreadSharedStates(createSharedStatesBuffer(0, 16))
  const make = () => new AtomicTokenBucket({ maxTokens, tokensPerSecond }, states.claim('b', 1), 0, clock)
  return { clock, make, bucket: make() }
}

describe('a token bucket', () => {
  test('is full at first, and empty after its last token', () => {
    const { bucket: tokens } = bucket(2, 0.01)
    expect([tokens.consume(1), tokens.consume(1), tokens.consume(1)]).toEqual([true, true, false])
    expect([tokens.remaining, tokens.nextTokenMs]).toEqual([0, 100_000])
  })

  test('fills all the time, up to the brim', () => {
    const { bucket: tokens, clock } = bucket(2, 0.5)
    tokens.consume(2)
    clock.seconds += 1
    expect([tokens.remaining, tokens.nextTokenMs, tokens.consume(1)]).toEqual([0.5, 1000, false])
    clock.seconds += 1
    expect(tokens.consume(1)).toBeTrue()
    clock.seconds += 1000
    expect(tokens.remaining).toBe(2)
  })

  test('takes all or nothing, or as much as there is', () => {
    const { bucket: tokens } = bucket(5, 1)
    expect([tokens.consume(6), tokens.consume(0), tokens.take(3), tokens.take(3), tokens.take(3)]).toEqual([
      false,
      false,
      3,
      2,
      0,
    ])
    tokens.refill(100)
    expect(tokens.remaining).toBe(5)
  })

  test('whole tokens stay whole while the clock stands still', () => {
    for (const rate of [3 / 3600, 1 / 7, 1 / 86_400]) {
      const { bucket: tokens } = bucket(5, rate)
      expect([1, 2, 3, 4, 5].map(() => [tokens.consume(1), tokens.whole])).toEqual(
        [4, 3, 2, 1, 0].map((left) => [true, left]),
      )
    }
  })

  test('may start with less', () => {
    const { bucket: tokens, clock } = bucket(10, 2)
    tokens.startWith(3)
    clock.seconds += 0.75
    expect([tokens.remaining, tokens.take(9), tokens.remaining]).toEqual([4.5, 4, 0.5])
    tokens.startWith(10)
    expect(tokens.remaining).toBe(0.5)
  })

  test('is the same one for every thread', () => {
    const { bucket: one, make } = bucket(2, 0.01)
    const other = make()
    expect([one.consume(1), other.consume(1), one.consume(1), other.consume(1)]).toEqual([true, true, false, false])
  })
})
