import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestScope, type TestScope } from '../../test/support/fake-scope.ts'
import type { Timer } from '../api/event.ts'
import { fileSinkStats } from './file-sink-stats.ts'
import { EVERY_LINE, FileSink } from './file-sink.ts'
import { FileSinks } from './file-sinks.ts'

class ManualTimer implements Timer {
  readonly callback: () => void
  armedMs: number | undefined

  constructor(callback: () => void) {
    this.callback = callback
  }
  enable(ms: number): void {
    this.armedMs = ms
  }
  disable(): void {
    this.armedMs = undefined
  }
  get enabled(): boolean {
    return this.armedMs !== undefined
  }
  fire(): void {
    this.armedMs = undefined
    this.callback()
  }
}

let folder: string
let path: string
let counted: TestScope
let timers: ManualTimer[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nuncio-log-'))
  path = join(folder, 'access.log')
  counted = createTestScope()
  timers = []
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

function deps(flushMinBytes = 64 * 1024) {
  const timer = (callback: () => void): Timer => {
    const made = new ManualTimer(callback)
    timers.push(made)
    return made
  }
  return { timer, flushMinBytes, flushIntervalMs: 10_000, stats: fileSinkStats(counted.scope) }
}

function openSink(flushMinBytes?: number, at = path): FileSink {
  const opened = FileSink.open(at, deps(flushMinBytes))
  if (!opened.ok) throw new Error(opened.error)
  return opened.sink
}

const onDisk = (at = path): string => readFileSync(at, 'latin1')

describe('file sink', () => {
  test('the first line reaches the disk at once, the next wait for the timer', () => {
    const sink = openSink()
    sink.write('1\n')
    expect(onDisk()).toBe('1\n')
    sink.write('2\n')
    sink.write('3\n')
    expect(onDisk()).toBe('1\n')
    expect(timers[0]?.armedMs).toBe(10_000)
    timers[0]?.fire()
    expect(onDisk()).toBe('1\n2\n3\n')
    expect(timers[0]?.armedMs).toBe(10_000)
    sink.close()
  })

  test('more than the minimum size is written without waiting', () => {
    const sink = openSink(10)
    sink.write('first\n')
    sink.write('12345\n')
    sink.write('123\n') // 10 bytes: not more than 10
    expect(onDisk()).toBe('first\n')
    sink.write('\n')
    expect(onDisk()).toBe('first\n12345\n123\n\n')
    sink.close()
  })

  test('bytes of headers pass unchanged', () => {
    const sink = openSink(EVERY_LINE)
    sink.write('\xff\xc3\xa9\x00\n')
    expect([...readFileSync(path)]).toEqual([0xff, 0xc3, 0xa9, 0, 10])
    sink.close()
  })

  test('a file is appended to', () => {
    const one = openSink()
    one.write('1\n')
    one.close()
    const two = openSink()
    two.write('2\n')
    two.close()
    expect(onDisk()).toBe('1\n2\n')
  })

  test('close writes what is left and disarms; later lines are counted as failed', () => {
    const sink = openSink()
    sink.write('1\n')
    sink.write('2\n')
    sink.close()
    sink.write('3\n')
    sink.close()
    expect(onDisk()).toBe('1\n2\n')
    expect(timers[0]?.enabled).toBe(false)
    expect(counted.counter('filesystem.write_failed')).toBe(1)
  })

  test('reopen: the new file gets the line that was buffered before', () => {
    const sink = openSink()
    sink.write('1\n')
    sink.write('2\n')
    renameSync(path, `${path}.1`)
    sink.reopen()
    expect(onDisk(`${path}.1`)).toBe('1\n')
    expect(onDisk()).toBe('2\n')
    sink.close()
  })

  test('reopen makes the file even when there is nothing to write', () => {
    const sink = openSink()
    rmSync(path)
    sink.reopen()
    expect(onDisk()).toBe('')
    sink.close()
  })

  test('a failed reopening is counted, keeps the lines and is tried again', () => {
    const inner = join(folder, 'inner')
    const file = join(inner, 'a.log')
    expect(Bun.spawnSync(['mkdir', inner]).exitCode).toBe(0)
    const sink = openSink(undefined, file)
    sink.write('1\n')
    rmSync(inner, { recursive: true })
    sink.reopen()
    expect(counted.counter('filesystem.reopen_failed')).toBe(1)
    sink.write('2\n')
    expect(counted.counter('filesystem.reopen_failed')).toBe(1)
    expect(Bun.spawnSync(['mkdir', inner]).exitCode).toBe(0)
    timers[0]?.fire()
    expect(onDisk(file)).toBe('2\n')
    sink.close()
  })

  test('what is counted', () => {
    const sink = openSink(100)
    sink.write('1\n')
    sink.write('22\n')
    sink.write('333\n')
    expect(counted.nonZero()).toEqual({
      'filesystem.write_buffered': 3,
      'filesystem.write_completed': 1,
      'filesystem.write_total_buffered': 7,
    })
    timers[0]?.fire()
    sink.close()
    expect(counted.nonZero()).toEqual({
      'filesystem.write_buffered': 3,
      'filesystem.write_completed': 2,
      'filesystem.flushed_by_timer': 1,
    })
  })

  test('a disk that refuses is counted and harms nobody', () => {
    const sink = openSink(EVERY_LINE, '/dev/full')
    sink.write('1\n')
    sink.write('2\n')
    expect(counted.counter('filesystem.write_failed')).toBe(2)
    expect(counted.gauge('filesystem.write_total_buffered')).toBe(0)
    sink.close()
  })

  const refused: readonly (readonly [path: string, error: string])[] = [
    ['missing/a.log', 'No such file or directory'],
    ['.', 'Is a directory'],
    ['file/a.log', 'Not a directory'],
  ]
  test.each(refused)('opening %s fails in the words of the C library', async (name, error) => {
    await Bun.write(join(folder, 'file'), '')
    const at = join(folder, name)
    expect(FileSink.open(at, deps())).toEqual({ ok: false, error: `unable to open file '${at}': ${error}` })
  })

  test('several sinks on one path write whole lines', () => {
    const one = openSink(50)
    const two = openSink(70)
    for (let i = 0; i < 500; i++) {
      one.write(`one ${i} ${'x'.repeat(i % 40)}\n`)
      two.write(`two ${i} ${'y'.repeat(i % 30)}\n`)
    }
    one.close()
    two.close()
    const lines = onDisk().trimEnd().split('\n')
    expect(lines.length).toBe(1000)
    expect(lines.every((line) => /^(?:one \d+ x*|two \d+ y*)$/.test(line))).toBe(true)
  })
})

describe('file sink on a pipe', () => {
  let reader: number

  beforeEach(() => {
    path = join(folder, 'pipe')
    expect(Bun.spawnSync(['mkfifo', path]).exitCode).toBe(0)
    reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  })

  afterEach(() => {
    if (reader >= 0) closeSync(reader)
  })

  function readAll(): string {
    const chunk = Buffer.alloc(1 << 16)
    let text = ''
    try {
      for (;;) {
        const n = readSync(reader, chunk)
        if (n === 0) return text
        text += chunk.latin1Slice(0, n)
      }
    } catch {
      return text
    }
  }

  test('a full pipe neither blocks nor loses a line while the reader comes back', () => {
    const sink = openSink(EVERY_LINE)
    const lines = Array.from({ length: 3000 }, (_, i) => `line ${i} ${'.'.repeat(i % 90)}\n`)
    for (const line of lines) sink.write(line)
    expect(counted.gauge('filesystem.write_total_buffered')).toBeGreaterThan(0)
    expect(timers[0]?.armedMs).toBe(20)
    let seen = ''
    for (let turns = 0; counted.gauge('filesystem.write_total_buffered') !== 0 && turns < 100; turns++) {
      seen += readAll()
      timers[0]?.fire()
    }
    seen += readAll()
    expect(seen).toBe(lines.join(''))
    expect(counted.counter('filesystem.write_failed') ?? 0).toBe(0)
    sink.close()
  })

  test('each write is whole lines and small enough to be atomic', () => {
    const sink = openSink(1 << 20)
    sink.write('first\n')
    for (let i = 0; i < 100; i++) sink.write(`${'z'.repeat(99)}\n`)
    sink.flush()
    // 40 lines of 100 bytes fit in 4096: three writes.
    expect(counted.counter('filesystem.write_completed')).toBe(1 + 3)
    sink.close()
    expect(readAll().split('\n').length).toBe(102)
  })

  test('a pipe that nobody reads costs a bounded buffer', () => {
    const sink = openSink(EVERY_LINE)
    const line = `${'x'.repeat(99_999)}\n`
    for (let i = 0; i < 400; i++) sink.write(line)
    expect(counted.gauge('filesystem.write_total_buffered')).toBeLessThan(17 << 20)
    expect(counted.counter('filesystem.write_failed')).toBeGreaterThan(100)
    closeSync(reader) // so that close need not wait
    reader = -1
    sink.close()
  })

  test('a closed pipe is a failed write, not the end of the process', () => {
    const sink = openSink(EVERY_LINE)
    sink.write('1\n')
    closeSync(reader)
    reader = -1
    sink.write('2\n')
    sink.write('3\n')
    expect(counted.counter('filesystem.write_failed')).toBe(2)
    sink.close()
  })

  test('a named pipe without a reader is refused instead of waited for', () => {
    closeSync(reader)
    reader = -1
    expect(FileSink.open(path, deps())).toEqual({
      ok: false,
      error: `unable to open file '${path}': No such device or address`,
    })
  })
})

describe('file sinks', () => {
  test('one sink a path, reopened and closed together', () => {
    const sinks = new FileSinks(deps())
    const file = sinks.open(path)
    expect(sinks.open(path)).toBe(file)
    expect(timers.length).toBe(1)
    if ('error' in file) throw new Error(file.error)
    file.write('1\n')
    file.write('2\n')
    renameSync(path, `${path}.1`)
    sinks.reopen()
    expect(onDisk()).toBe('2\n')
    file.write('3\n')
    sinks.close()
    expect(onDisk()).toBe('2\n3\n')
    expect(sinks.open(join(folder, 'no/a'))).toEqual({
      error: `unable to open file '${join(folder, 'no/a')}': No such file or directory`,
    })
  })
})
