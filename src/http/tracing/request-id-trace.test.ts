import { expect, test } from 'bun:test'
import { requestIdNumber, traceReasonOf, withTraceReason } from './request-id-trace.ts'

const ID = '0000270f-0000-4000-8000-000000000000'

test('request ids: a digit says why the request is traced', () => {
  for (const reason of ['none', 'sampled', 'forced', 'client'] as const) {
    expect(traceReasonOf(withTraceReason(ID, reason))).toBe(reason)
  }
  expect(withTraceReason(ID, 'sampled')).toBe('0000270f-0000-9000-8000-000000000000')
  expect(withTraceReason('short', 'sampled')).toBe('short')
  expect(traceReasonOf(ID.replace('4', '0'))).toBe('none')
})

test('request ids: the number that lots are drawn by', () => {
  expect(requestIdNumber(ID)).toBe(9999)
  expect(requestIdNumber('00002710-x')).toBe(0)
  expect(requestIdNumber('short')).toBeUndefined()
})
