/** envoy.config.bootstrap.v3.LayeredRuntime. */
import type { Reader } from '../api/config.ts'
import type { ConfigSource } from '../api/subscription.ts'
import { unwatchable } from '../event/file-watcher.ts'
import { flattenLayer, type LayerEntries } from './flatten-layer.ts'

/** In order; later layers win. */
export interface LayeredRuntimeConfig {
  readonly layers: readonly RuntimeLayerConfig[]
}

export type RuntimeLayerConfig =
  | { readonly kind: 'static'; readonly name: string; readonly entries: LayerEntries }
  /** What /runtime_modify writes to. At most one. */
  | { readonly kind: 'admin'; readonly name: string }
  | DiskLayerConfig
  | DiscoveredLayerConfig

/** Values from a control plane (RTDS). */
export interface DiscoveredLayerConfig {
  readonly kind: 'rtds'
  readonly name: string
  /** Name of the resource. */
  readonly resource: string
  readonly source: ConfigSource
}

export interface DiskLayerConfig {
  readonly kind: 'disk'
  readonly name: string
  /** Replaced by a move, which makes the layer load anew. */
  readonly symlinkRoot: string
  readonly subdirectory: string
  /** One directory further down, named like --service-cluster. */
  readonly appendServiceCluster: boolean
}

/** Without `layered_runtime` in the bootstrap there is no layer, not even for /runtime_modify. */
export const NO_LAYERS: LayeredRuntimeConfig = { layers: [] }

/** Reads a ConfigSource; undefined after it reported an error. */
export type ReadSource = (reader: Reader) => ConfigSource | undefined

/** Without `readSource` layers from control planes are refused. */
export function parseLayeredRuntime(reader: Reader, readSource?: ReadSource): LayeredRuntimeConfig {
  const names = new Set<string>()
  let admins = 0
  const layers = reader.messages('layers', (layer) => {
    const parsed = readLayer(layer, readSource)
    if (names.has(parsed.name)) layer.error('name', 'NU270', `Duplicate layer name: ${parsed.name}`)
    names.add(parsed.name)
    if (parsed.kind === 'admin' && ++admins === 2) {
      const message = 'Too many admin layers specified in LayeredRuntime, at most one may be specified'
      layer.error('admin_layer', 'NU271', message)
    }
    return parsed
  })
  return { layers }
}

/** A layer of another kind is left unread, so that the reader refuses it. */
function readLayer(reader: Reader, readSource: ReadSource | undefined): RuntimeLayerConfig {
  const name = reader.string('name')
  const nothing: RuntimeLayerConfig = { kind: 'static', name, entries: new Map() }
  switch (reader.oneof('layer_specifier')) {
    case 'static_layer':
      return { kind: 'static', name, entries: readStaticLayer(reader) }
    case 'admin_layer':
      reader.message('admin_layer', () => undefined)
      return { kind: 'admin', name }
    case 'disk_layer':
      return reader.message('disk_layer', (disk) => readDiskLayerConfig(disk, name)) ?? nothing
    case 'rtds_layer':
      return (readSource && readDiscoveredLayer(reader, name, readSource)) ?? nothing
    default:
      return nothing
  }
}

function readStaticLayer(reader: Reader): LayerEntries {
  return flattenLayer(reader.struct('static_layer') ?? {}, (key) =>
    reader.error('static_layer', 'NU272', `Invalid runtime entry value for ${key}`),
  )
}

function readDiscoveredLayer(reader: Reader, name: string, readSource: ReadSource): RuntimeLayerConfig | undefined {
  return reader.message('rtds_layer', (layer) => {
    const resource = layer.string('name')
    const source = layer.message('rtds_config', readSource)
    return source && { kind: 'rtds', name, resource, source }
  })
}

function readDiskLayerConfig(reader: Reader, name: string): DiskLayerConfig {
  const symlinkRoot = reader.string('symlink_root')
  const problem = unwatchable(symlinkRoot)
  if (problem !== undefined) reader.error('symlink_root', 'NU273', problem)
  return {
    kind: 'disk',
    name,
    symlinkRoot,
    subdirectory: reader.string('subdirectory'),
    appendServiceCluster: reader.bool('append_service_cluster', false),
  }
}
