/* The extensions of this build, found by category and type. Made once on each thread from the generated list. */
import type { Extension, ExtensionCategory } from '../api/extension.ts'

export class ExtensionRegistry {
  /** `<category>/<type name>`, both of own configuration and of per-route configuration, as in Envoy's registry. */
  readonly #byType = new Map<string, Extension>()
  /** `<category>/<well-known name>`. */
  readonly #byName = new Map<string, Extension>()
  readonly #extensions: readonly Extension[]

  /** `disabled`: `<category>/<name>` as --disable-extensions writes them; they are as unknown as if never built in. */
  constructor(extensions: readonly Extension[], disabled: readonly string[] = []) {
    this.#extensions = extensions.filter((extension) => !disabled.includes(`${extension.category}/${extension.name}`))
    for (const extension of this.#extensions) this.#add(extension)
  }

  byType<K extends ExtensionCategory>(category: K, typeName: string): Extension<unknown, K> | undefined {
    // The key holds the category, so what is found is of it.
    return this.#byType.get(`${category}/${typeName}`) as Extension<unknown, K> | undefined
  }

  byName<K extends ExtensionCategory>(category: K, name: string): Extension<unknown, K> | undefined {
    return this.#byName.get(`${category}/${name}`) as Extension<unknown, K> | undefined
  }

  /** In the order of the list. */
  inCategory(category: ExtensionCategory): readonly Extension[] {
    return this.#extensions.filter((extension) => extension.category === category)
  }

  all(): readonly Extension[] {
    return this.#extensions
  }

  #add(extension: Extension): void {
    const { category, name, typeNames, perRoute } = extension
    const types = perRoute === undefined ? typeNames : new Set([...typeNames, perRoute.typeName])
    for (const typeName of types) addOnce(this.#byType, `${category}/${typeName}`, extension)
    addOnce(this.#byName, `${category}/${name}`, extension)
  }
}

/** Two extensions that claim one key are a bug in the list. */
function addOnce(map: Map<string, Extension>, key: string, extension: Extension): void {
  if (map.has(key)) throw new Error(`two extensions for ${key}`)
  map.set(key, extension)
}
