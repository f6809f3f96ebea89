import { afterAll, beforeEach, describe, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keptLogger } from '../../../../test/support/kept-logger.ts'
import { SimulatedDispatcher } from '../../../event/simulated-dispatcher.ts'
import { FileBasedKeyValueStore } from './file-based-key-value-store.ts'

const folder = mkdtempSync(join(tmpdir(), 'nuncio-key-value-'))
const path = join(folder, 'store')
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(() => rmSync(path, { force: true }))

function open({ flushIntervalMs = 0, maxEntries = 0, to = path } = {}) {
  const dispatcher = new SimulatedDispatcher()
  const logger = keptLogger('key_value_store')
  const store = new FileBasedKeyValueStore({ path: to, flushIntervalMs, maxEntries }, { dispatcher, logger })
  return { dispatcher, logger, store, entries: () => [...store.entries()] }
}

const written = () => readFileSync(path, 'utf8')

describe('file_based key value store', () => {
  test('is written with each change, and read again', () => {
    const { store, logger } = open()
    expect(logger.lines).toEqual([`info File for key value store does not yet exist: ${path}`])
    store.set('a', '1')
    store.set('key', 'x\ny')
    store.set('a', '22')
    expect(written()).toBe('3\nkey3\nx\ny1\na2\n22')
    store.delete('key')
    expect(written()).toBe('1\na2\n22')
    expect(open().entries()).toEqual([['a', '22']])
  })

  test('flush_interval: no earlier and no more often', () => {
    const { store, dispatcher } = open({ flushIntervalMs: 100 })
    store.set('a', '1')
    dispatcher.advance(99)
    expect(existsSync(path)).toBe(false)
    dispatcher.advance(1)
    expect(written()).toBe('1\na1\n1')
    store.delete('a')
    dispatcher.advance(100)
    expect(written()).toBe('')
    store.close()
    expect(dispatcher.armedTimers).toBe(0)
  })

  test('max_entries: the oldest go, also of those in the file', () => {
    writeFileSync(path, '1\na1\n11\nb1\n21\nc1\n3')
    const { store, entries } = open({ maxEntries: 2 })
    expect(entries().map(([key]) => key)).toEqual(['b', 'c'])
    store.set('b', '4')
    store.set('d', '5')
    expect(entries()).toEqual([
      ['b', '4'],
      ['d', '5'],
    ])
  })

  test.each([
    ['nothing', 'no newline'],
    ['x\na', 'no length'],
    ['9\na', 'insufficient contents'],
  ])('a file that goes on with %p keeps what it had before', (rest, problem) => {
    writeFileSync(path, `1\na1\n1${rest}`)
    const { entries, logger } = open()
    expect(entries()).toEqual([['a', '1']])
    expect(logger.lines).toEqual([
      `warning Bad file: ${problem}`,
      `warning Failed to parse key value store file ${path}`,
    ])
  })

  test('entries with a time to live: only those whose end is to come', () => {
    const later = String(Math.floor(new SimulatedDispatcher().wallNow / 1000) + 10)
    writeFileSync(path, `1\na1\n1TTL${later.length}\n${later}1\nb1\n2TTL3\n1001\nc1\n3`)
    expect(open().entries()).toEqual([
      ['a', '1'],
      ['c', '3'],
    ])
  })

  test('a file that cannot be written is logged', () => {
    const to = join(folder, 'no', 'folder')
    const { store, logger } = open({ to })
    store.set('a', '1')
    expect(logger.lines.at(-1)).toBe(`error Failed to flush cache to file ${to}`)
  })
})
