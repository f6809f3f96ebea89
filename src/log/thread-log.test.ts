import { describe, expect, test } from 'bun:test'
import type { LogSink } from '../api/log.ts'
import { LOG_COMPONENTS } from './components.ts'
import type { LogSettings } from './thread-log.ts'
import { EARLY_LOG_SETTINGS, ThreadLog } from './thread-log.ts'

class Lines implements LogSink {
  readonly lines: string[] = []
  flushes = 0
  write(line: string): void {
    this.lines.push(line)
  }
  flush(): void {
    this.flushes++
  }
}

function threadLog(sink: LogSink, settings: Partial<LogSettings> = {}): ThreadLog {
  const wallNow = (): number => Date.UTC(2026, 0, 2, 3, 4, 5, 6)
  return new ThreadLog(
    { ...EARLY_LOG_SETTINGS, ...settings },
    { sink, threadId: 11, processId: 10, version: 'v', wallNow },
  )
}

describe('application log of a thread', () => {
  test('the default line is Envoy’s', () => {
    const sink = new Lines()
    threadLog(sink).logger('main').info('source/server/server.cc:989', 'runtime: {}')
    expect(sink.lines).toEqual([
      '[2026-01-02 03:04:05.006][11][info][main] [source/server/server.cc:989] runtime: {}\n',
    ])
  })

  test('a level lets itself and what is worse through', () => {
    const sink = new Lines()
    const log = threadLog(sink, { pattern: '%l' })
    const logger = log.logger('http')
    log.setLevel('http', 'error')
    for (const level of ['trace', 'debug', 'info', 'warning', 'error', 'critical'] as const) {
      logger[level]('a:1', 'x')
      logger.log(level, 'a:1', 'x')
    }
    expect(sink.lines).toEqual(['error\n', 'error\n', 'critical\n', 'critical\n'])
    expect([logger.enabled('warning'), logger.enabled('error')]).toEqual([false, true])
  })

  test('off is silence, trace is everything', () => {
    const sink = new Lines()
    const log = threadLog(sink, { pattern: '%l' })
    log.setAllLevels('off')
    log.logger('main').critical('a:1', 'x')
    expect(sink.lines).toEqual([])
    log.setAllLevels('trace')
    log.logger('main').trace('a:1', 'x')
    expect(sink.lines).toEqual(['trace\n'])
  })

  test('a component’s level leaves the others alone', () => {
    const log = threadLog(new Lines(), { levels: { upstream: 'debug' } })
    log.setLevels({ http: 'off' })
    const { upstream, http, main } = log.levels()
    expect([upstream, http, main]).toEqual(['debug', 'off', 'info'])
    expect(Object.keys(log.levels())).toEqual([...LOG_COMPONENTS])
  })

  test('the same logger is given each time, and follows a change of level, pattern and sink', () => {
    const before = new Lines()
    const after = new Lines()
    const log = threadLog(before, { pattern: 'old %v' })
    const logger = log.logger('admin')
    logger.info('a:1', '1')
    log.setPattern('new %v')
    log.setSink(after)
    log.setLevel('admin', 'debug')
    logger.debug('a:1', '2')
    expect(log.logger('admin')).toBe(logger)
    expect(before.lines).toEqual(['old 1\n'])
    expect(after.lines).toEqual(['new 2\n'])
  })

  test('another thread logs alike from the settings', () => {
    const sink = new Lines()
    const log = threadLog(new Lines(), { escaped: true })
    log.setPattern('<%v>')
    log.setLevel('main', 'trace')
    const other = threadLog(sink, JSON.parse(JSON.stringify(log.settings())) as LogSettings)
    other.logger('main').trace('a:1', 'a\nb')
    expect(sink.lines).toEqual(['<a\\nb>\n'])
  })

  test('a line is its UTF-8 bytes', () => {
    const sink = new Lines()
    threadLog(sink, { pattern: '%v' }).logger('main').info('a:1', 'é€')
    expect(Buffer.from(sink.lines[0] ?? '', 'latin1').toString('utf8')).toBe('é€\n')
  })

  test('a critical message does not stay in the buffer', () => {
    const sink = new Lines()
    const logger = threadLog(sink).logger('main')
    logger.error('a:1', 'x')
    expect(sink.flushes).toBe(0)
    logger.critical('a:1', 'x')
    expect(sink.flushes).toBe(1)
  })
})
