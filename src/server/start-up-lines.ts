/** The lines that an operator expects at the top of the log. */
import type { Message } from '../api/config.ts'
import type { Extension } from '../api/extension.ts'
import type { Logger } from '../api/log.ts'
import type { Runtime } from '../api/runtime.ts'
import { yamlText } from '../base/yaml-text.ts'

/** Where the process stands among its hot restarts. */
export interface EpochPlace {
  readonly epoch: number
  readonly baseId: number
  /** `disabled` where there are none. */
  readonly version: string
}

/** Epoch and what is built in, one line a category. */
export function logEpochAndExtensions(log: Logger, extensions: readonly Extension[], place: EpochPlace): void {
  const { epoch, baseId, version } = place
  const initializing = `initializing epoch ${epoch} (base id=${baseId}, hot restart version=${version})`
  log.info('source/server/server.cc:463', initializing)
  log.info('source/server/server.cc:465', 'statically linked extensions:')
  const categories = Map.groupBy(extensions, ({ category }) => category)
  for (const [category, members] of categories) {
    const names = members.map(({ name }) => name).sort()
    log.info('source/server/server.cc:467', `  ${category}: ${names.join(', ')}`)
  }
}

/** What Envoy logs while it loads `static_resources`; clusters and listeners are made right after their lines. */
export function logStaticResources(log: Logger, clusters: number, listeners: number): void {
  logBeforeClusters(log, clusters)
  logBeforeListeners(log, listeners)
  logAfterListeners(log)
}

export function logBeforeClusters(log: Logger, clusters: number): void {
  log.info('source/server/configuration_impl.cc:181', 'loading tracing configuration')
  log.info('source/server/configuration_impl.cc:132', 'loading 0 static secret(s)')
  log.info('source/server/configuration_impl.cc:138', `loading ${clusters} cluster(s)`)
}

export function logBeforeListeners(log: Logger, listeners: number): void {
  log.info('source/server/configuration_impl.cc:148', `loading ${listeners} listener(s)`)
}

export function logAfterListeners(log: Logger): void {
  log.info('source/server/configuration_impl.cc:164', 'loading stats configuration')
}

/** layered_runtime of the bootstrap. */
export function runtimeText(bootstrap: Message): string {
  const config = bootstrap['layered_runtime']
  return yamlText(config ?? {})
}

/** Where the overload manager has no monitor for them. */
export function warnOfNoConnectionLimit(log: Logger, runtime: Runtime): void {
  const old = runtime.current.get('overload.global_downstream_max_connections')
  if (old !== undefined) log.warning('source/server/server.cc:961', OLD_CONNECTION_LIMIT)
  log.warning('source/server/server.cc:1059', NO_CONNECTION_LIMIT)
}

const OLD_CONNECTION_LIMIT =
  'Usage of the deprecated runtime key overload.global_downstream_max_connections, consider switching to ' +
  '`envoy.resource_monitors.global_downstream_max_connections` instead.This runtime key will be removed in future.'
const NO_CONNECTION_LIMIT =
  'There is no configured limit to the number of allowed active downstream connections. Configure a limit in ' +
  '`envoy.resource_monitors.global_downstream_max_connections` resource monitor.'
