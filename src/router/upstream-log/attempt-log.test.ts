import { describe, expect, test } from 'bun:test'
import { request, routes } from '../../../test/support/route-table.ts'
import { RouterHarness } from '../../../test/support/router-harness.ts'
import type { FormatterContext } from '../../api/access-log.ts'
import type { UpstreamLogs } from './upstream-log-config.ts'

function logged(options: Partial<UpstreamLogs> = {}, connects = true) {
  const records: string[] = []
  const log = ({ logType, response, streamInfo: info }: FormatterContext): void => {
    const bytes = `${info.bytesReceived}/${info.bytesSent}`
    const ms = (info.endTime ?? 0) - info.startTime
    records.push(`${logType} ${info.responseCode} ${info.flags.join()} ${bytes} ${ms} ${response?.get('x-a') ?? '-'}`)
  }
  const upstreamLogs = { loggers: [{ log }], flushOnPoolReady: false, flushIntervalMs: 0, ...options }
  const list = '{match: {prefix: /}, route: {cluster: c, retry_policy: {retry_on: 5xx}}}'
  const harness = new RouterHarness(routes(list), request('/'), { shared: { upstreamLogs }, connects })
  return { records, harness }
}

describe('upstream log', () => {
  test('a record for each attempt: its own times, bytes and response', () => {
    const { records, harness } = logged()
    harness.send('body')
    harness.dispatcher.advance(3)
    harness.last.respond(503, 'x', { 'x-a': 'first' })
    harness.dispatcher.advance(100)
    harness.dispatcher.advance(4)
    harness.last.respond(200, 'answer', { 'x-a': 'second' })
    expect(records[0]).toBe('UpstreamEnd 503  0/4 3 first')
    expect(records[1]).toStartWith('UpstreamEnd 200  6/4 ')
    expect(records[1]).toEndWith(' second')
    expect(records.length).toBe(2)
  })

  test('an attempt without a connection has the flag of its failure', () => {
    const { records, harness } = logged({}, false)
    harness.send()
    harness.last.fail('timeout')
    expect(records).toEqual(['UpstreamEnd 0 UF 0/0 0 -'])
  })

  test('a client that goes away ends the attempt', () => {
    const { records, harness } = logged()
    harness.send()
    harness.filter.onDestroy()
    expect(records).toEqual(['UpstreamEnd 0  0/0 0 -'])
  })

  test('options: a record when there is a connection, and at intervals', () => {
    const { records, harness } = logged({ flushOnPoolReady: true, flushIntervalMs: 10 })
    harness.send()
    harness.dispatcher.advance(10)
    harness.dispatcher.advance(10)
    harness.last.respond(200)
    harness.dispatcher.advance(10)
    expect(records.map((record) => record.split(' ')[0])).toEqual([
      'UpstreamPoolReady',
      'UpstreamPeriodic',
      'UpstreamPeriodic',
      'UpstreamEnd',
    ])
    expect(harness.armedTimers).toBe(0)
  })
})
