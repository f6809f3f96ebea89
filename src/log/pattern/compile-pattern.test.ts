import { describe, expect, test } from 'bun:test'
import type { LogRecord } from '../log-record.ts'
import { compilePattern } from './compile-pattern.ts'

const RECORD: LogRecord = {
  level: 'warning',
  component: 'upstream',
  source: 'source/common/upstream/manager.cc:251 start',
  message: 'say "hi"\nthere',
  wallMs: Date.UTC(2026, 10, 4, 0, 9, 5) + 7.25,
}

const CONTEXT = { threadId: 4321, processId: 1234, version: 'sha/1.40.0', startMs: RECORD.wallMs - 1500 }

function print(pattern: string, change: Partial<LogRecord> = {}): string {
  return compilePattern(pattern, CONTEXT)({ ...RECORD, ...change })
}

describe('log pattern', () => {
  const flags: readonly (readonly [pattern: string, text: string])[] = [
    ['%v', 'say "hi"\nthere'],
    ['%_', 'say "hi"\\nthere'],
    ['%j', 'say \\"hi\\"\\nthere'],
    ['%n', 'upstream'],
    ['%l', 'warning'],
    ['%L', 'W'],
    ['%t', '4321'],
    ['%P', '1234'],
    ['%@', 'source/common/upstream/manager.cc:251'],
    ['%g:%#', 'source/common/upstream/manager.cc:251'],
    ['%s', 'manager.cc'],
    ['%!', 'start'],
    ['%N', 'sha/1.40.0'],
    ['%a %A %b %h %B', 'Wed Wednesday Nov Nov November'],
    ['%c', 'Wed Nov 4 00:09:05 2026'],
    ['%C %Y %m %d %D %x', '26 2026 11 04 11/04/26 11/04/26'],
    ['%H %I %M %S %p', '00 00 09 05 AM'],
    ['%e %f %F', '007 007250 007250000'],
    ['%E', '1793750945'],
    ['%r', '00:09:05 AM'],
    ['%R %T %X', '00:09 00:09:05 00:09:05'],
    ['%z', '+00:00'],
    ['%O %o %i %u', '1 1500 1500000 1500000000'],
    ['100%% %^red%$', '100% red'],
  ]
  test.each(flags)('%s', (pattern, text) => {
    expect(print(pattern)).toBe(text)
  })

  // What the real Envoy prints for the same pattern, with other words.
  const widths: readonly (readonly [pattern: string, text: string])[] = [
    ['%10l|', '   warning|'],
    ['%-10l|', 'warning   |'],
    ['%=10l|', ' warning  |'],
    ['%3!l|', 'war|'],
    ['%3l|', 'warning|'],
    ['%0l|', 'warning|'],
    ['%06#|', '   251|'],
    ['%100n|', `${' '.repeat(56)}upstream|`],
    ['%-10e|', '007       |'],
    ['%5%|', '%|'],
    ['%8!>', '   start>'],
    ['%40_|', 'say "hi"\\nthere|'],
  ]
  test.each(widths)('width: %s', (pattern, text) => {
    expect(print(pattern)).toBe(text)
  })

  test('a flag that nobody knows stands for itself, without its width', () => {
    expect(print('<%Z %8q %->')).toBe('<%Z %q %>')
  })

  test('a percent sign at the end is dropped', () => {
    expect(print('x%')).toBe('x')
    expect(print('x%8')).toBe('x')
  })

  test('afternoon: noon is 12, later hours count from 1', () => {
    const at = (hour: number): string => print('%I %p', { wallMs: Date.UTC(2026, 0, 1, hour) })
    expect([at(11), at(12), at(13), at(23)]).toEqual(['11 AM', '12 PM', '01 PM', '11 PM'])
  })

  test('tags: %* continues an object, %+ is the rest as the inside of a JSON string', () => {
    const message = '[Tags: "ConnectionId":"0","StreamId":"7"] new\n"stream"'
    expect(print('{"m":"%+"%*}', { message })).toBe('{"m":"new\\n\\"stream\\"","ConnectionId":"0","StreamId":"7"}')
    expect(print('%v', { message })).toBe(message)
    expect(print('{"m":"%+"%*}', { message: 'none' })).toBe('{"m":"none"}')
  })

  test('elapsed time counts from the message before', () => {
    const format = compilePattern('%o', CONTEXT)
    expect(format(RECORD)).toBe('1500')
    expect(format({ ...RECORD, wallMs: RECORD.wallMs + 20 })).toBe('20')
    expect(format({ ...RECORD, wallMs: RECORD.wallMs - 20 })).toBe('0')
  })

  test('a source without line or function prints what there is', () => {
    expect(print('%g|%#|%!', { source: 'server/main.ts' })).toBe('server/main.ts||')
    expect(print('%g|%#|%!', { source: 'server/main.ts:7' })).toBe('server/main.ts|7|')
  })
})
