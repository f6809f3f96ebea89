/** Resolves HTTP filters in front of upstreams. */
import type { Reader } from '../../api/config.ts'
import type { ExtensionCategory, ExtensionConfig, ParseContext } from '../../api/extension.ts'

const CATEGORY = 'envoy.filters.http'

/** Knows the filters that may stand in front of an upstream, also inside of those that hold others. */
export function upstreamContext(context: ParseContext): ParseContext {
  return {
    ...context,
    isUpstream: true,
    namedExtension<K extends ExtensionCategory>(this: ParseContext, reader: Reader, category: K) {
      // `call` forgets that it gives what the category makes.
      const found = context.namedExtension.call(this, reader, category) as ExtensionConfig<K> | undefined
      if (found === undefined || category !== CATEGORY || found.extension.upstream === true) return found
      const typeName = found.extension.typeNames[0]
      const message = `Didn't find a registered implementation for '${found.name}' with type URL: '${typeName}'`
      reader.error('typed_config', 'NU124', message, 'this filter cannot stand in front of an upstream')
      return undefined
    },
  }
}
