import { describe, expect, test } from 'bun:test'
import { newRequestHeaders } from '../../../codec/headers/request-headers.ts'
import { readIncomingTrace } from './span-context.ts'

function read(lines: Readonly<Record<string, string>>, speaksW3c = false) {
  const headers = newRequestHeaders('GET', '/', 'a.test')
  for (const [name, value] of Object.entries(lines)) headers.add(name, value)
  return readIncomingTrace(headers, speaksW3c)
}

const A = '000000000000000a'
const B = '000000000000000b'
const C = '000000000000000c'
const LONG = `${A}${B}`

describe('several headers', () => {
  test('are a context when there are ids of a trace and of a span', () => {
    expect(read({ 'x-b3-traceid': 'A', 'x-b3-spanid': B, 'x-b3-parentspanid': C, 'x-b3-sampled': 'true' })).toEqual({
      context: { traceId: A, spanId: B, parentId: C },
      sampled: true,
      isSingle: false,
    })
    expect(read({ 'x-b3-traceid': LONG, 'x-b3-spanid': B })?.context?.traceId).toBe(LONG)
    expect(read({ 'x-b3-traceid': A, 'x-b3-sampled': 'd' })).toEqual({
      context: undefined,
      sampled: false,
      isSingle: false,
    })
  })

  test('make no sense with ids that are none', () => {
    expect(read({ 'x-b3-traceid': 'zz', 'x-b3-spanid': B })).toBeUndefined()
    expect(read({ 'x-b3-traceid': A, 'x-b3-spanid': `1${B}` })).toBeUndefined()
  })
})

describe('one header', () => {
  test('takes precedence', () => {
    const lines = { b3: `${LONG}-${B}-d-${C}`, 'x-b3-traceid': 'zz', 'x-b3-spanid': B }
    expect(read(lines)).toEqual({ context: { traceId: LONG, spanId: B, parentId: C }, sampled: true, isSingle: true })
    expect(read({ b3: '0' })).toEqual({ context: undefined, sampled: false, isSingle: true })
    expect(read({ b3: `${A}-${B}` })?.sampled).toBeUndefined()
  })

  test.each(['', 'x', `${A}-zz-1`, `${A}-${B}-x`, `${A}-${B}-1-${C}0`])('makes no sense as %p', (b3) => {
    expect(read({ b3 })).toBeUndefined()
  })
})

test('trace context of W3C counts where it is allowed and B3 says nothing', () => {
  const traceparent = `00-${LONG}-${B}-00`
  const nothing = { context: undefined, sampled: undefined, isSingle: false }
  expect(read({ traceparent })).toEqual(nothing)
  expect(read({ traceparent }, true)).toEqual({
    context: { traceId: LONG, spanId: B, parentId: '' },
    sampled: false,
    isSingle: false,
  })
  expect(read({ traceparent: 'zz' }, true)).toEqual(nothing)
  expect(read({ traceparent, 'x-b3-sampled': '1' }, true)).toMatchObject({ context: { traceId: LONG }, sampled: true })
})
