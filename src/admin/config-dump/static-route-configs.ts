/** Routes that stand inside of connection managers, in the order of the listeners. */
import type { Json, Message } from '../../api/config.ts'
import { below } from '../../config/below.ts'
import type { DumpedResource } from '../admin-deps.ts'

const SCOPE = 'type.googleapis.com/envoy.config.route.v3.ScopedRouteConfiguration'
const MANAGER = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'

/** Route tables. */
export function staticRouteConfigs(listeners: readonly DumpedResource[]): readonly DumpedResource[] {
  return fieldOfManagers(listeners, 'route_config')
}

/**
 * `scoped_routes` with the scopes in them, those that are `named`, as ScopedRoutesConfigDump.InlineScopedRouteConfigs without
 * the time.
 */
export function inlineScopes(
  listeners: readonly DumpedResource[],
  named: (name: string) => boolean,
): readonly DumpedResource[] {
  return fieldOfManagers(listeners, 'scoped_routes').flatMap(({ message, lastUpdatedMs }) => {
    const scopes = below(message, 'scoped_route_configurations_list', 'scoped_route_configurations')
    if (!Array.isArray(scopes)) return []
    const chosen = (scopes as readonly Message[]).filter(({ name }) => named(String(name ?? '')))
    const configs = chosen.map(scopeInAny)
    const listed = configs.length === 0 ? {} : { scoped_route_configs: configs }
    return { message: { name: message['name'] ?? '', ...listed }, lastUpdatedMs }
  })
}

export function scopeInAny(scope: Message): Message {
  return { '@type': SCOPE, ...scope }
}

function fieldOfManagers(listeners: readonly DumpedResource[], field: string): readonly DumpedResource[] {
  return listeners.flatMap(({ message, lastUpdatedMs }) =>
    messagesIn(message, field).map((inner) => ({ message: inner, lastUpdatedMs })),
  )
}

/** Envoy lists routes only once a connection manager has been made. */
export function hasConnectionManager(listeners: readonly DumpedResource[]): boolean {
  return listeners.some(({ message }) => JSON.stringify(message).includes(`"@type":"${MANAGER}"`))
}

function messagesIn(value: Json, field: string): readonly Message[] {
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap((each) => messagesIn(each, field))
  const message = value as Message // neither null nor a list
  if (message['@type'] !== MANAGER) return Object.values(message).flatMap((each) => messagesIn(each, field))
  const inner = message[field]
  // The configuration was decoded against its schema, so the field is a message when it is there.
  return inner === undefined ? [] : [inner as Message]
}
