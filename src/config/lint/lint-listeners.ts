/* NU201 no router filter, and the routes of every connection manager. */
import type { Message } from '../../api/config.ts'
import type { Finding } from '../decode/finding.ts'
import { lintRoutes } from './lint-routes.ts'
import type { Place } from './walk.ts'
import { anyAt, messageAt, messagesAt, rootPlace } from './walk.ts'

const MANAGER = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'

export function lintListeners(bootstrap: Message): Finding[] {
  const listeners = messagesAt(messageAt(rootPlace(bootstrap), 'static_resources'), 'listeners')
  const chains = listeners.flatMap((listener) => [
    ...messagesAt(listener, 'filter_chains'),
    ...[messageAt(listener, 'default_filter_chain')].filter((chain) => chain !== undefined),
  ])
  return chains
    .flatMap((chain) => messagesAt(chain, 'filters'))
    .flatMap((filter) => anyAt(filter, 'typed_config', MANAGER) ?? [])
    .flatMap(lintManager)
}

function lintManager(manager: Place): Finding[] {
  const out: Finding[] = []
  if (messagesAt(manager, 'http_filters').length === 0) {
    out.push({
      id: 'NU201',
      severity: 'warning',
      message: 'HttpConnectionManager without http_filters: no router filter, so every request hangs',
      path: manager.path,
      of: 'key',
      hint: 'add envoy.filters.http.router as the last of http_filters',
    })
  }
  const routes = messageAt(manager, 'route_config')
  for (const host of messagesAt(routes, 'virtual_hosts')) out.push(...lintRoutes(messagesAt(host, 'routes')))
  return out
}
