/*
 * One value of typed_per_filter_config: the filter's own per-route message, or a FilterConfig around it that may also
 * disable the filter or declare it optional (envoy.config.route.v3.FilterConfig).
 */
import type { AnyReader, Reader } from '../api/config.ts'
import type { ParseContext, PerRouteFilterConfig } from '../api/extension.ts'
import { isApiTypeOf } from '../registry/api-category.ts'
import type { ExtensionRegistry } from '../registry/extension-registry.ts'
import { typeNameInside } from './any-type-name.ts'
import { checkMessage } from './check/checked.ts'
import { trustedReader } from './reader/trusted-reader.ts'
import { envoySchema } from './schema/envoy-schema.ts'

const FILTER_CONFIG = 'envoy.config.route.v3.FilterConfig'

export function readPerRouteConfig(
  registry: ExtensionRegistry,
  context: ParseContext,
  reader: Reader,
  filterName: string,
): PerRouteFilterConfig | undefined {
  if (reader.type !== FILTER_CONFIG)
    return read(registry, context, anyOf(reader), { at: reader, filterName, optional: false })
  const optional = reader.bool('is_optional', false)
  if (reader.bool('disabled', false)) {
    reader.any('config')?.reader.keep()
    return { config: undefined, disabled: true }
  }
  if (!reader.has('config')) {
    reader.error(undefined, 'NU125', `Empty route/virtual host per filter configuration for ${filterName} filter`)
    return undefined
  }
  const any = reader.any('config')
  // `config: {}` does nothing but enable.
  if (any === undefined) return { config: undefined, disabled: false }
  return read(registry, context, any, { at: reader, filterName, optional })
}

/** The map has already gone through the Any. */
function anyOf(reader: Reader): AnyReader {
  const typeUrl = reader.json['@type']
  return {
    typeUrl: typeof typeUrl === 'string' ? typeUrl : '',
    typeName: typeof typeUrl === 'string' ? reader.type : '',
    reader,
  }
}

interface Entry {
  /** Where findings point at. */
  readonly at: Reader
  readonly filterName: string
  readonly optional: boolean
}

function read(
  registry: ExtensionRegistry,
  context: ParseContext,
  any: AnyReader,
  entry: Entry,
): PerRouteFilterConfig | undefined {
  const typeName = typeNameInside(any)
  const extension = registry.byType('envoy.filters.http', typeName)
  if (extension === undefined) return missing(any, typeName, entry)
  const { perRoute } = extension
  if (perRoute !== undefined && perRoute.typeName === typeName) {
    return { config: perRoute.parse(any.reader, context), disabled: false }
  }
  // An Any without a byte in it is not unpacked, whatever its type: the per-route message then is the default one.
  const isEmpty = Object.keys(any.reader.json).every((key) => key === '@type')
  if (perRoute !== undefined && isEmpty && checkMessage(perRoute.typeName, {}).findings.length === 0) {
    return { config: perRoute.parse(trustedReader(perRoute.typeName, {}), context), disabled: false }
  }
  any.reader.keep()
  entry.at.error(
    undefined,
    'NU125',
    perRoute === undefined
      ? `The filter ${entry.filterName} doesn't support virtual host or route specific configurations`
      : `Unable to unpack as ${perRoute.typeName}: [type.googleapis.com/${typeName}]`,
  )
  return undefined
}

function missing(any: AnyReader, typeName: string, { at, filterName, optional }: Entry): undefined {
  any.reader.keep()
  const unsupported = isApiTypeOf('envoy.filters.http', typeName) && envoySchema.message(typeName) !== undefined
  const what = unsupported
    ? `${filterName} (${typeName}) is not supported by Nuncio yet`
    : `Didn't find a registered implementation for '${filterName}' with type URL: '${typeName}'`
  const id = unsupported ? 'NU123' : 'NU124'
  if (optional) at.warn(undefined, id, `${what}; it is optional and left out`)
  else
    at.error(
      undefined,
      id,
      what,
      'wrap it in envoy.config.route.v3.FilterConfig with is_optional: true to go without it',
    )
  return undefined
}
