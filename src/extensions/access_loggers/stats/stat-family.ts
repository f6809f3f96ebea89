/** The stats that one entry of the configuration makes: one for each combination of its tags' values. */
import type { FormatterContext } from '../../../api/access-log.ts'
import type { StatTags } from '../../../api/stats.ts'
import { fromWireText } from '../../../base/wire-text.ts'
import type { NameLimit } from './name-limit.ts'
import type { StatNameConfig } from './stat-name.ts'
import { tagValue } from './stat-name.ts'

export class StatFamily<T> {
  readonly #config: StatNameConfig
  readonly #limit: NameLimit | undefined
  readonly #make: (name: string, tags: StatTags) => T
  readonly #stats = new Map<string, T>()

  constructor(config: StatNameConfig, limit: NameLimit | undefined, make: (name: string, tags: StatTags) => T) {
    this.#config = config
    this.#limit = limit
    this.#make = make
  }

  /** Undefined: the record does not count here, by a rule or because there are too many names. */
  of(record: FormatterContext): T | undefined {
    let key = ''
    for (const tag of this.#config.tags) {
      const value = tagValue(tag, record)
      if (value === 'drop-stat') return undefined
      key += value === undefined ? NO_TAG : TAG + value.text
    }
    return this.#stats.get(key) ?? this.#add(key)
  }

  #add(key: string): T | undefined {
    const tags: { name: string; value: string }[] = []
    // The first part is before the first tag; values have no such bytes.
    const values = key.split(PARTS).slice(1)
    this.#config.tags.forEach(({ name }, i) => {
      const value = values[i]!
      if (value !== LEFT_OUT) tags.push({ name, value: fromWireText(value) })
    })
    const { name } = this.#config
    if (this.#limit?.admits(JSON.stringify([name, tags])) === false) return undefined
    const stat = this.#make(name, tags)
    this.#stats.set(key, stat)
    return stat
  }
}

// Wire text has no code unit above 255.
const TAG = '\u0100'
const LEFT_OUT = '\u0101'
const NO_TAG = TAG + LEFT_OUT
const PARTS = /\u0100/
