/* The gate counts what happened; a wrong count would let a red change land. */
import { describe, expect, test } from 'bun:test'
import { readReport } from '../../tools/gate/bun-tests.ts'
import { addCounts, closingLine } from '../../tools/gate/counts.ts'

describe('gate', () => {
  test('reads passed, failed and skipped from a report', () => {
    const xml =
      '<?xml version="1.0"?>\n<testsuites name="bun test" tests="10" assertions="30" failures="2" skipped="3" time="1.5">'
    expect(readReport(xml)).toEqual({ passed: 5, failed: 2, skipped: 3 })
  })

  test('no report is no result', () => {
    expect(readReport('')).toBeUndefined()
  })

  test('closes with the line that CI reads', () => {
    const total = addCounts([
      { passed: 3, failed: 0, skipped: 1 },
      { passed: 4, failed: 2, skipped: 0 },
    ])
    expect(closingLine(total)).toBe('7 passed, 2 failed, 1 skipped')
    expect(closingLine({ passed: 1, failed: 0, skipped: 0 })).toBe('1 passed, 0 failed')
  })
})
