import { expect, test } from 'bun:test'
import { extension } from './extension.ts'

// As the real Envoy chose these.
test.each([
  ['0af7651916cd43dd8448eb211c80319c', false, false],
  ['faf7651916cd43dd8448eb211c80319c', true, true],
  ['0a17651916cd43dd8448eb211c80319c', true, false],
  ['0af7651916c143dd8448eb211c80319c', false, false],
  ['0af76519161d43dd8448eb211c80319c', true, true],
])('%s: of a half %p, of a quarter %p', (traceId, ofHalf, ofQuarter) => {
  const sampled = (numerator: number): boolean =>
    extension.create({ numerator, denominator: 100 }, {} as never).sample({ traceId, parent: undefined }).sampled
  expect([sampled(0), sampled(25), sampled(50), sampled(100)]).toEqual([false, ofQuarter, ofHalf, true])
})
