/** envoy.config.overload.v3.OverloadManager. Errors are in Envoy's words. */
import type { Reader } from '../../api/config.ts'
import type { ExtensionConfig, ParseContext } from '../../api/extension.ts'
import type { LoadShedPointName } from '../../api/overload.ts'
import type { ScaledTimersConfig } from './scaled-timers-config.ts'
import { readScaledTimers } from './scaled-timers-config.ts'
import type { Trigger } from './trigger.ts'
import { readTrigger } from './trigger.ts'

export interface OverloadConfig {
  readonly refreshIntervalMs: number
  readonly monitors: readonly MonitorConfig[]
  readonly actions: readonly ActionConfig[]
  readonly loadShedPoints: readonly LoadShedPointConfig[]
}

export interface MonitorConfig {
  /** Part of its stats' names; what triggers refer to. */
  readonly name: string
  readonly extension: ExtensionConfig<'envoy.resource_monitors'>
}

export type ActionName =
  | 'envoy.overload_actions.stop_accepting_requests'
  | 'envoy.overload_actions.disable_http_keepalive'
  | 'envoy.overload_actions.stop_accepting_connections'
  | 'envoy.overload_actions.reject_incoming_connections'
  | 'envoy.overload_actions.shrink_heap'
  | 'envoy.overload_actions.reduce_timeouts'
  | 'envoy.overload_actions.reset_high_memory_stream'
  | 'envoy.overload_actions.close_idle_http_connections'

export interface ActionConfig {
  readonly name: ActionName
  readonly triggers: readonly Trigger[]
  /** Of reduce_timeouts. */
  readonly timers: ScaledTimersConfig | undefined
  /** Of shrink_heap. */
  readonly shrinkIntervalMs: number
}

export interface LoadShedPointConfig {
  readonly name: LoadShedPointName
  readonly triggers: readonly Trigger[]
}

const DEFAULT_REFRESH_INTERVAL_MS = 1000
const DEFAULT_SHRINK_INTERVAL_MS = 10_000
const CONNECTIONS_MONITOR = 'envoy.resource_monitors.global_downstream_max_connections'
const CONNECTIONS_TYPE = 'envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig'

/**
 * The last two show their states and do nothing more, as in Envoy for HTTP/1: there the memory of streams is accounted for
 * in buffers of HTTP/2, and idle connections are those of HTTP/3.
 */
const ACTIONS: Readonly<Record<ActionName, true>> = {
  'envoy.overload_actions.stop_accepting_requests': true,
  'envoy.overload_actions.disable_http_keepalive': true,
  'envoy.overload_actions.stop_accepting_connections': true,
  'envoy.overload_actions.reject_incoming_connections': true,
  'envoy.overload_actions.shrink_heap': true,
  'envoy.overload_actions.reduce_timeouts': true,
  'envoy.overload_actions.reset_high_memory_stream': true,
  'envoy.overload_actions.close_idle_http_connections': true,
}

const POINT_PREFIX = 'envoy.load_shed_points.'
const POINTS: Readonly<Record<LoadShedPointName, true>> = {
  tcp_listener_accept: true,
  http_connection_manager_decode_headers: true,
  hcm_ondata_creating_codec: true,
  http1_server_abort_dispatch: true,
  http_downstream_filter_check: true,
  connection_pool_new_connection: true,
  tcp_proxy_on_data: true,
  tcp_proxy_upstream_connect: true,
}

export function readOverloadManager(reader: Reader, context: ParseContext): OverloadConfig {
  const monitors = readMonitors(reader, context)
  const resources = new Set(monitors.map(({ name }) => name))
  reader.message('buffer_factory_config', (accounts) => {
    accounts.ignore('minimum_account_to_track_power_of_two', 'nothing of HTTP/1 is accounted for, see ACTIONS')
  })
  const config = {
    refreshIntervalMs: Math.max(1, reader.durationMs('refresh_interval', DEFAULT_REFRESH_INTERVAL_MS)),
    monitors,
    actions: readActions(reader, resources),
    loadShedPoints: readLoadShedPoints(reader, resources),
  }
  return config
}

function readMonitors(reader: Reader, context: ParseContext): readonly MonitorConfig[] {
  const names = new Set<string>()
  return reader
    .messages('resource_monitors', (monitor): readonly MonitorConfig[] => {
      const name = monitor.string('name')
      if (names.has(name)) monitor.error('name', 'NU276', `Duplicate resource monitor ${name}`)
      names.add(name)
      const extension = context.namedExtension(monitor, 'envoy.resource_monitors')
      if (extension === undefined) return []
      if (extension.extension.typeNames[0] === CONNECTIONS_TYPE && name !== CONNECTIONS_MONITOR) {
        const message = `Didn't find a registered implementation for '${name}' with type URL: '${CONNECTIONS_TYPE}'`
        monitor.error('name', 'NU279', message, `this monitor is known by its name only: ${CONNECTIONS_MONITOR}`)
      }
      return [{ name, extension }]
    })
    .flat()
}

function readActions(reader: Reader, resources: ReadonlySet<string>): readonly ActionConfig[] {
  const names = new Set<string>()
  return reader
    .messages('actions', (action): readonly ActionConfig[] => {
      const name = action.string('name')
      if (names.has(name)) action.error('name', 'NU276', `Duplicate overload action ${name}`)
      names.add(name)
      const triggers = readTriggers(action, resources, `overload action ${name}`)
      if (!Object.hasOwn(ACTIONS, name)) {
        action.error('name', 'NU279', `Unknown Overload Manager Action ${name}`)
        action.keep()
        return []
      }
      const timers = name === 'envoy.overload_actions.reduce_timeouts' ? readScaledTimers(action, name) : undefined
      const shrinks = name === 'envoy.overload_actions.shrink_heap'
      const shrinkIntervalMs = shrinks ? readShrinkInterval(action) : DEFAULT_SHRINK_INTERVAL_MS
      if (timers === undefined && !shrinks && action.has('typed_config')) {
        action.any('typed_config')?.reader.keep()
        const message = `Overload action name "${name}" conflicts with its typed config`
        action.error('typed_config', 'NU278', message)
      }
      // The table above holds the names of the type.
      return [{ name: name as ActionName, triggers, timers, shrinkIntervalMs }]
    })
    .flat()
}

function readShrinkInterval(action: Reader): number {
  const config = action.any('typed_config')
  if (config === undefined) return DEFAULT_SHRINK_INTERVAL_MS
  config.reader.ignore('max_unfreed_memory_bytes', 'the collector itself decides what it keeps in reserve')
  return config.reader.durationMs('timer_interval', DEFAULT_SHRINK_INTERVAL_MS)
}

function readLoadShedPoints(reader: Reader, resources: ReadonlySet<string>): readonly LoadShedPointConfig[] {
  const names = new Set<string>()
  return reader
    .messages('loadshed_points', (point): readonly LoadShedPointConfig[] => {
      const name = point.string('name')
      if (names.has(name)) point.error('name', 'NU276', `Duplicate loadshed point ${name}`)
      names.add(name)
      const triggers = readTriggers(point, resources, `loadshed point ${name}`)
      const short = name.startsWith(POINT_PREFIX) ? name.slice(POINT_PREFIX.length) : ''
      if (!Object.hasOwn(POINTS, short)) {
        point.unsupported('name', `load shed point ${name}`)
        return []
      }
      // The table above holds the names of the type.
      return [{ name: short as LoadShedPointName, triggers }]
    })
    .flat()
}

function readTriggers(owner: Reader, resources: ReadonlySet<string>, what: string): readonly Trigger[] {
  const names = new Set<string>()
  return owner.messages('triggers', (reader) => {
    const trigger = readTrigger(reader)
    const { resource } = trigger
    if (!resources.has(resource)) reader.error('name', 'NU277', `Unknown trigger resource ${resource} for ${what}`)
    if (names.has(resource)) reader.error('name', 'NU276', `Duplicate trigger resource for ${what}`)
    names.add(resource)
    return trigger
  })
}

/** As stats and messages name a point. */
export function fullPointName(name: LoadShedPointName): string {
  return POINT_PREFIX + name
}
