/** Writes what is configured into the dynamic metadata of each request. */
import type { DataStatus, DecoderCallbacks, DecoderFilter, HeadersStatus } from '../../../../api/http.ts'
import type { Counter } from '../../../../api/stats.ts'
import type { SetMetadataEntry, TypedEntry, UntypedEntry } from './config.ts'
import { mergeStructs } from './merge-structs.ts'

export class SetMetadataFilter implements DecoderFilter {
  readonly #entries: readonly SetMetadataEntry[]
  readonly #overwriteDenied: Counter
  #callbacks!: DecoderCallbacks

  constructor(entries: readonly SetMetadataEntry[], overwriteDenied: Counter) {
    this.#entries = entries
    this.#overwriteDenied = overwriteDenied
  }

  setDecoderCallbacks(callbacks: DecoderCallbacks): void {
    this.#callbacks = callbacks
  }

  decodeHeaders(): HeadersStatus {
    for (let i = 0; i < this.#entries.length; i++) {
      const entry = this.#entries[i]!
      if (entry.kind === 'untyped') this.#untyped(entry)
      else this.#typed(entry)
    }
    return 'continue'
  }

  #untyped({ namespace, value, allowOverwrite }: UntypedEntry): void {
    const { streamInfo } = this.#callbacks
    const before = streamInfo.dynamicMetadata?.get(namespace)
    if (before === undefined) streamInfo.setDynamicMetadata(namespace, value)
    else if (allowOverwrite) streamInfo.setDynamicMetadata(namespace, mergeStructs(before, value))
    else this.#overwriteDenied.inc()
  }

  #typed({ namespace, value, allowOverwrite }: TypedEntry): void {
    const typed = (this.#callbacks.streamInfo.typedMetadata ??= new Map<string, unknown>())
    if (allowOverwrite || !typed.has(namespace)) typed.set(namespace, value)
    else this.#overwriteDenied.inc()
  }

  decodeData(): DataStatus {
    return 'continue'
  }

  decodeTrailers(): 'continue' {
    return 'continue'
  }

  onDestroy(): void {}
}
