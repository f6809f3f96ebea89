/** Names as sinks take them; each is taken apart once. */
import type { SunkName } from '../api/stats-sink.ts'
import { GroupedNames } from './grouped-names.ts'
import type { TagProducer } from './tags/tag-producer.ts'

export class SunkNames {
  readonly #tags: TagProducer
  readonly #names = new GroupedNames<SunkName>()

  constructor(tags: TagProducer) {
    this.#tags = tags
  }

  get(full: string): SunkName {
    let name = this.#names.get(full)
    if (name === undefined) this.#names.set(full, (name = { full, ...this.#tags.produce(full) }))
    return name
  }

  /** What is below a prefix (with its dot) is gone. */
  forget(prefix: string): void {
    this.#names.delete(prefix)
  }
}
