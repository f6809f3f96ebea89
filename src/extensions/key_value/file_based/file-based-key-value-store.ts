/**
 * Keys and values in one file in Envoy's form: for each the length of the key, a line end, the key, and the value likewise.
 * Behind a value may stand `TTL` and, as a third text, the second since the epoch in which the entry ends.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import type { Timer } from '../../../api/event.ts'
import type { KeyValueStore, KeyValueStoreDeps } from '../../../api/key-value-store.ts'

export interface FileBasedKeyValueStoreConfig {
  readonly path: string
  /** 0: with each change. */
  readonly flushIntervalMs: number
  /** 0: any number. */
  readonly maxEntries: number
}

const SOURCE = 'source/extensions/key_value/file_based/config.cc'
const BASE = 'source/common/common/key_value_store_base.cc'
const TTL = 'TTL'

export class FileBasedKeyValueStore implements KeyValueStore {
  readonly #config: FileBasedKeyValueStoreConfig
  readonly #deps: KeyValueStoreDeps
  readonly #entries = new Map<string, string>()
  readonly #timer: Timer

  constructor(config: FileBasedKeyValueStoreConfig, deps: KeyValueStoreDeps) {
    this.#config = config
    this.#deps = deps
    this.#timer = deps.dispatcher.timer(() => {
      this.#flush()
      this.#timer.enable(config.flushIntervalMs)
    })
    this.#load()
    if (config.flushIntervalMs > 0) this.#timer.enable(config.flushIntervalMs)
  }

  entries(): Iterable<readonly [key: string, value: string]> {
    return this.#entries
  }

  set(key: string, value: string): void {
    this.#put(key, value)
    this.#onChanged()
  }

  delete(key: string): void {
    this.#entries.delete(key)
    this.#onChanged()
  }

  close(): void {
    this.#timer.disable()
  }

  #put(key: string, value: string): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    const { maxEntries } = this.#config
    const [oldest] = this.#entries.keys()
    if (maxEntries > 0 && this.#entries.size > maxEntries && oldest !== undefined) this.#entries.delete(oldest)
  }

  #onChanged(): void {
    if (this.#config.flushIntervalMs === 0) this.#flush()
  }

  #load(): void {
    const { path } = this.#config
    const { dispatcher, logger } = this.#deps
    let text: string
    try {
      text = readFileSync(path, 'latin1')
    } catch {
      return logger.info(`${SOURCE}:16`, `File for key value store does not yet exist: ${path}`)
    }
    const reading = new LengthPrefixedTexts(text)
    while (!reading.atEnd) {
      const key = reading.next()
      const value = key === undefined ? undefined : reading.next()
      const hasTtl = value !== undefined && reading.skip(TTL)
      const ends = hasTtl ? reading.next() : undefined
      if (key === undefined || value === undefined || (hasTtl && !/^\d+$/.test(ends ?? ''))) {
        logger.warning(`${BASE}:68`, reading.problem)
        return logger.warning(`${SOURCE}:21`, `Failed to parse key value store file ${path}`)
      }
      if (ends === undefined || Number(ends) * 1000 > dispatcher.wallNow) this.#put(key, value)
    }
  }

  #flush(): void {
    let text = ''
    for (const [key, value] of this.#entries) text += `${key.length}\n${key}${value.length}\n${value}`
    const { path } = this.#config
    try {
      writeFileSync(path, text, 'latin1')
    } catch {
      this.#deps.logger.error(`${SOURCE}:30`, `Failed to flush cache to file ${path}`)
    }
  }
}

class LengthPrefixedTexts {
  problem = 'TTL was read from disk but failed to convert to integer'
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length
  }

  next(): string | undefined {
    const lineEnd = this.#text.indexOf('\n', this.#at)
    if (lineEnd < 0) return this.#fail('no newline')
    const length = this.#text.slice(this.#at, lineEnd).trim()
    if (!/^\d+$/.test(length)) return this.#fail('no length')
    const from = lineEnd + 1
    const to = from + Number(length)
    if (to > this.#text.length) return this.#fail('insufficient contents')
    this.#at = to
    return this.#text.slice(from, to)
  }

  skip(word: string): boolean {
    const isThere = this.#text.startsWith(word, this.#at)
    if (isThere) this.#at += word.length
    return isThere
  }

  #fail(what: string): undefined {
    this.problem = `Bad file: ${what}`
    return undefined
  }
}
