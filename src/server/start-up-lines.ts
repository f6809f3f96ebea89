/** The lines that an operator expects at the top of the log. */
import type { Message } from '../api/config.ts'
import type { Extension } from '../api/extension.ts'
import type { Logger } from '../api/log.ts'

/** Epoch and what is built in, one line a category. */
export function logEpochAndExtensions(log: Logger, extensions: readonly Extension[]): void {
  log.info('source/server/server.cc:463', 'initializing epoch 0 (base id=0, hot restart version=disabled)')
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

/** layered_runtime of the bootstrap as one line. */
export function runtimeText(bootstrap: Message): string {
  const config = bootstrap['layered_runtime']
  return config === undefined ? '{}' : JSON.stringify(config)
}
