import { expect, test } from 'bun:test'
import { readTraceParent, traceParentText } from './trace-parent.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'

test('traceparent is read and written', () => {
  expect(readTraceParent(`00-${TRACE.toUpperCase()}-${SPAN}-03`)).toEqual({
    traceId: TRACE,
    spanId: SPAN,
    sampled: true,
  })
  expect(readTraceParent(`cc-${TRACE}-${SPAN}-02`)?.sampled).toBe(false)
  expect(traceParentText(TRACE, SPAN, true)).toBe(`00-${TRACE}-${SPAN}-01`)
})

test.each([
  '',
  `xx-${TRACE}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-01-x`,
  `00-${'0'.repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${'0'.repeat(16)}-01`,
])('%p is none', (text) => {
  expect(readTraceParent(text)).toBeUndefined()
})
