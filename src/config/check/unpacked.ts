/* Which Any anybody looks into: rules of what nobody reads do not matter. */
import type { ExtensionCategory } from '../../api/extension.ts'
import { isApiTypeOf } from '../../registry/api-category.ts'
import type { FieldType, MessageType } from '../schema/schema-types.ts'

/** Fields whose Any nobody in Envoy looks into. */
const NEVER: ReadonlySet<string> = new Set(['typed_filter_metadata', 'retry_policy_typed_config'])

/** Messages that hold an extension of one category: a type from elsewhere is all that will be said of it. */
const CATEGORIES: ReadonlyMap<string, ExtensionCategory> = new Map([
  ['envoy.config.listener.v3.ListenerFilter', 'envoy.filters.listener'],
  ['envoy.config.listener.v3.Filter', 'envoy.filters.network'],
  ['envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter', 'envoy.filters.http'],
  ['envoy.config.accesslog.v3.AccessLog', 'envoy.access_loggers'],
])

export function isUnpacked(owner: MessageType, field: FieldType, typeName: string): boolean {
  if (NEVER.has(field.name)) return false
  const category = field.name === 'typed_config' ? CATEGORIES.get(owner.name) : undefined
  return category === undefined || isApiTypeOf(category, typeName)
}
