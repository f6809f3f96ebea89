/** envoy.config.core.v3.ConfigSource: files; everything else is refused by name. */
import type { Reader } from '../api/config.ts'
import type { ConfigSource } from '../api/subscription.ts'

/** Undefined after an error was reported. */
export function readConfigSource(reader: Reader): ConfigSource | undefined {
  // A file answers at once, so that only its sign matters.
  reader.durationMs('initial_fetch_timeout', 0)
  reader.ignore('resource_api_version', 'there is one version, and Envoy takes any for files')
  reader.ignore('authorities', 'for xdstp resources, which files do not have')
  if (reader.has('path_config_source')) return reader.message('path_config_source', readPath)
  if (reader.has('path')) return { kind: 'path', path: reader.string('path'), watchedDirectory: undefined }
  if (reader.oneof('config_source_specifier') === undefined)
    reader.error(undefined, 'NU109', 'a config source needs one of path_config_source, api_config_source, ads, self')
  return undefined
}

function readPath(reader: Reader): ConfigSource {
  return {
    kind: 'path',
    path: reader.string('path'),
    watchedDirectory: reader.message('watched_directory', (directory) => directory.string('path')),
  }
}
