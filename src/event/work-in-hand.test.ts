import { expect, test } from 'bun:test'
import { WorkInHand } from './work-in-hand.ts'

test('work in hand: pauses when enough was done and nothing is left, once', () => {
  const work = new WorkInHand()
  for (let i = 0; i < 3; i++) {
    work.begins()
    work.ends()
  }
  expect(work.pausesAfter(4)).toBe(false)
  work.begins()
  work.begins()
  work.ends()
  expect(work.pausesAfter(4)).toBe(false)
  work.ends()
  expect(work.pausesAfter(4)).toBe(true)
  expect(work.pausesAfter(4)).toBe(false)
})
