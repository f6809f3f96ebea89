/** Writes what is configured into the dynamic metadata of each request. */
import type { HeadersStatus } from '../../../../api/http.ts'
import type { Counter } from '../../../../api/stats.ts'
import { PassThroughDecoderFilter } from '../common/pass-through-decoder-filter.ts'
import type { SetMetadataEntry, TypedEntry, UntypedEntry } from './config.ts'
import { mergeStructs } from './merge-structs.ts'

export class SetMetadataFilter extends PassThroughDecoderFilter {
  readonly #entries: readonly SetMetadataEntry[]
  readonly #denied: Counter
  readonly #deniedOfRoutes: () => Counter

  constructor(entries: readonly SetMetadataEntry[], denied: Counter, deniedOfRoutes: () => Counter) {
    super()
    this.#entries = entries
    this.#denied = denied
    this.#deniedOfRoutes = deniedOfRoutes
  }

  decodeHeaders(): HeadersStatus {
    this.#write(this.#entries, this.#denied)
    const ofRoute = this.callbacks.perRouteConfig as readonly SetMetadataEntry[] | undefined
    if (ofRoute !== undefined) this.#write(ofRoute, this.#deniedOfRoutes())
    return 'continue'
  }

  #write(entries: readonly SetMetadataEntry[], denied: Counter): void {
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i]!
      const written = entry.kind === 'untyped' ? this.#untyped(entry) : this.#typed(entry)
      if (!written) denied.inc()
    }
  }

  /** False: there was something already. */
  #untyped({ namespace, value, allowOverwrite }: UntypedEntry): boolean {
    const { streamInfo } = this.callbacks
    const before = streamInfo.dynamicMetadata?.get(namespace)
    if (before === undefined) streamInfo.setDynamicMetadata(namespace, value)
    else if (allowOverwrite) streamInfo.setDynamicMetadata(namespace, mergeStructs(before, value))
    else return false
    return true
  }

  #typed({ namespace, value, allowOverwrite }: TypedEntry): boolean {
    const typed = (this.callbacks.streamInfo.typedMetadata ??= new Map<string, unknown>())
    if (!allowOverwrite && typed.has(namespace)) return false
    typed.set(namespace, value)
    return true
  }
}
