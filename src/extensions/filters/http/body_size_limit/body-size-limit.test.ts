import { describe, expect, test } from 'bun:test'
import { FilterHarness } from '../../../../../test/support/filter-harness.ts'
import { httpFilterConformance } from '../../../../../test/support/http-filter-conformance.ts'
import { extension } from './extension.ts'

httpFilterConformance(extension, {
  good: ['{}', 'max_request_bytes: 10'],
  bad: [['max_request_bytes: 0', 'max_request_bytes']],
})

describe('body_size_limit', () => {
  test('who tells that it is too much is refused at once', () => {
    const filter = new FilterHarness(extension, { config: 'max_request_bytes: 4' }).send('POST /', [], 'fives')
    expect(filter.reply()).toMatchObject({ status: 413, body: 'content length too large' })
    expect(filter.reached).toBeFalse()
    expect(filter.logged[0]?.details).toBe('request_payload_too_large')
  })

  test('the others once it is too much', () => {
    const filter = new FilterHarness(extension, { config: 'max_request_bytes: 4' })
    filter.sendOpen('POST /').chunk('four')
    expect(filter.upstream.body).toBe('four')
    filter.chunk('!')
    expect(filter.reply()).toMatchObject({ status: 413, body: 'request too long' })
  })
})
