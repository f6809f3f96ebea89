/** The route tables that stand inside of connection managers, in the order of the listeners. */
import type { Json, Message } from '../../api/config.ts'
import type { DumpedResource } from '../admin-deps.ts'

const MANAGER = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'

export function staticRouteConfigs(listeners: readonly DumpedResource[]): readonly DumpedResource[] {
  return listeners.flatMap(({ message, lastUpdatedMs }) =>
    tablesIn(message).map((table) => ({ message: table, lastUpdatedMs })),
  )
}

/** Envoy lists routes only once a connection manager has been made. */
export function hasConnectionManager(listeners: readonly DumpedResource[]): boolean {
  return listeners.some(({ message }) => JSON.stringify(message).includes(`"@type":"${MANAGER}"`))
}

function tablesIn(value: Json): readonly Message[] {
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap(tablesIn)
  const message = value as Message // neither null nor a list
  if (message['@type'] !== MANAGER) return Object.values(message).flatMap(tablesIn)
  const table = message['route_config']
  // The configuration was decoded against its schema, so the field is a message when it is there.
  return table === undefined ? [] : [table as Message]
}
