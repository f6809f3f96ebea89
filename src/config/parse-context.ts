/*
 * What parse functions resolve extensions through: Any (or `name` + `typed_config`) → the record of this build that
 * reads it → its parsed configuration. Lookup is by type alone, as in Envoy 1.40; names are labels.
 */
import type { AccessLogFiles } from '../api/access-log.ts'
import type { AnyReader, Reader } from '../api/config.ts'
import type { ExtensionCategory, ExtensionConfig, ParseContext, PerRouteFilterConfig } from '../api/extension.ts'
import { isApiTypeOf } from '../registry/api-category.ts'
import type { ExtensionRegistry } from '../registry/extension-registry.ts'
import { typeNameInside } from './any-type-name.ts'
import { didYouMean } from './decode/suggest.ts'
import { readPerRouteConfig } from './per-route-config.ts'
import { trustedReader } from './reader/trusted-reader.ts'
import { envoySchema } from './schema/envoy-schema.ts'

export interface ParseContextDeps {
  /** Undefined: clusters are not checked. */
  readonly clusterNames: ReadonlySet<string> | undefined
  readonly accessLogFiles: AccessLogFiles
}

export function createParseContext(registry: ExtensionRegistry, deps: ParseContextDeps): ParseContext {
  return {
    clusterNames: deps.clusterNames,
    accessLogFiles: deps.accessLogFiles,
    // `this`, so that a context that a parser spread to change one member hands the changed one down.
    extension(this: ParseContext, reader, field, category) {
      if (fieldTypeName(reader, field) !== 'google.protobuf.Any')
        return reader.message(field, (entry) => this.namedExtension(entry, category))
      const any = reader.any(field)
      if (any === undefined) return undefined
      return resolve(registry, this, { reader, field, name: '', optional: false }, category, any)
    },
    namedExtension(this: ParseContext, reader, category) {
      const name = reader.string('name')
      const optional = fieldTypeName(reader, 'is_optional') !== undefined && reader.bool('is_optional', false)
      const any = reader.any('typed_config')
      // A filter that is delivered separately (ECDS); `config_discovery` stays unread and is refused by name.
      // An empty `typed_config` is none: Envoy looks for the type ''.
      const oneof = configOneof(reader)
      if (any === undefined && oneof !== undefined && !['typed_config', undefined].includes(reader.oneof(oneof)))
        return undefined
      return resolve(registry, this, { reader, field: 'typed_config', name, optional }, category, any)
    },
    impliedExtension(this: ParseContext, reader, field, category, name) {
      const extension = registry.byName(category, name)
      const typeName = extension?.typeNames[0]
      if (extension === undefined || typeName === undefined) {
        reader.error(field, 'NU124', `Didn't find a registered implementation for name: '${name}'`)
        return undefined
      }
      return { extension, config: extension.parse(trustedReader(typeName, {}), this), name }
    },
    extensionOfType<K extends ExtensionCategory>(category: K, typeName: string) {
      return registry.byType(category, typeName) ?? (isMissing(category, typeName) ? 'unsupported' : undefined)
    },
    perRouteConfig(this: ParseContext, reader, filterName): PerRouteFilterConfig | undefined {
      return readPerRouteConfig(registry, this, reader, filterName)
    },
  }
}

/** Undefined when the message has no such field. */
function fieldTypeName(reader: Reader, field: string): string | undefined {
  return envoySchema.requireMessage(reader.type).byName.get(field)?.typeName
}

/** `config_type` where there are other ways to say it; told by the field, since the name is not promised. */
function configOneof(reader: Reader): string | undefined {
  const type = envoySchema.requireMessage(reader.type)
  return type.oneofs[type.byName.get('typed_config')?.oneof ?? -1]?.name
}

interface Entry {
  readonly reader: Reader
  /** Holds the Any. */
  readonly field: string
  readonly name: string
  readonly optional: boolean
}

function resolve<K extends ExtensionCategory>(
  registry: ExtensionRegistry,
  context: ParseContext,
  entry: Entry,
  category: K,
  any: AnyReader | undefined,
): ExtensionConfig<K> | undefined {
  const typeName = any === undefined ? '' : typeNameInside(any)
  const extension = registry.byType(category, typeName)
  if (any === undefined || extension === undefined) return report(registry, entry, category, typeName, any)
  return { extension, config: extension.parse(any.reader, context), name: entry.name }
}

function report(
  registry: ExtensionRegistry,
  entry: Entry,
  category: ExtensionCategory,
  typeName: string,
  any: AnyReader | undefined,
): undefined {
  // What it holds cannot be judged, so "not read" would only repeat this finding.
  any?.reader.keep()
  entry.reader.keep()
  const { reader, name, optional } = entry
  const field = any === undefined ? undefined : entry.field
  const missing = `Didn't find a registered implementation for '${name}' with type URL: '${typeName}'`
  const label = name === '' ? typeName : `${name} (${typeName})`
  const unsupported = isMissing(category, typeName)
  if (optional) {
    const what = unsupported ? `${label} is not supported by Nuncio yet` : missing
    reader.warn(field, unsupported ? 'NU123' : 'NU124', `${what}; it is optional and left out`)
  } else if (unsupported) {
    const hint = hasOptional(reader) ? 'set is_optional: true to start without it' : undefined
    reader.error(field, 'NU123', `${label} is not supported by Nuncio yet`, hint)
  } else reader.error(field, 'NU124', missing, missingHint(registry, category, name, typeName))
  return undefined
}

/** Envoy has it, this build has not. */
function isMissing(category: ExtensionCategory, typeName: string): boolean {
  return isApiTypeOf(category, typeName) && envoySchema.message(typeName) !== undefined
}

function hasOptional(reader: Reader): boolean {
  return fieldTypeName(reader, 'is_optional') !== undefined
}

function missingHint(
  registry: ExtensionRegistry,
  category: ExtensionCategory,
  name: string,
  typeName: string,
): string | undefined {
  const known = registry.inCategory(category)
  if (typeName !== '') {
    return (
      didYouMean(
        typeName,
        known.flatMap((extension) => extension.typeNames),
      ) ?? `${typeName} is no extension of the category ${category}`
    )
  }
  const named = registry.byName(category, name)
  const type = named?.typeNames[0]
  if (type !== undefined) return `write typed_config: {"@type": type.googleapis.com/${type}}`
  return (
    didYouMean(
      name,
      known.map((extension) => extension.name),
    ) ?? 'it needs a typed_config with "@type"'
  )
}
