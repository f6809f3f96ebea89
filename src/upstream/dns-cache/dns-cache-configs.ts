/** The DNS caches that the configuration names so far. Users of one name must write the same settings, as with Envoy. */
import type { DnsCacheRequest } from '../../api/extension.ts'
import type { DnsCacheConfig } from './dns-cache-config.ts'

interface Known {
  readonly text: string
  readonly config: DnsCacheConfig
}

export class DnsCacheConfigs {
  readonly #known = new Map<string, Known>()
  #onNew: ((config: DnsCacheConfig) => void) | undefined = undefined

  /** What is wrong, if anything. */
  require({ name, text, config }: DnsCacheRequest): string | undefined {
    const known = this.#known.get(name)
    if (known !== undefined) {
      return known.text === text ? undefined : `config specified DNS cache '${name}' with different settings`
    }
    // Whoever asks has read it with readDnsCacheField.
    const read = config as DnsCacheConfig
    this.#known.set(name, { text, config: read })
    this.#onNew?.(read)
    return undefined
  }

  /** Those that are known, and from now on each that comes. */
  observe(onNew: (config: DnsCacheConfig) => void): void {
    this.#onNew = onNew
    for (const { config } of this.#known.values()) onNew(config)
  }
}
