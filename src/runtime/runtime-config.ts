/** envoy.config.bootstrap.v3.LayeredRuntime. */
import type { Reader } from '../api/config.ts'
import { flattenLayer, type LayerEntries } from './flatten-layer.ts'

/** In order; later layers win. */
export interface LayeredRuntimeConfig {
  readonly layers: readonly RuntimeLayerConfig[]
}

export type RuntimeLayerConfig =
  | { readonly kind: 'static'; readonly name: string; readonly entries: LayerEntries }
  /** What /runtime_modify writes to. At most one. */
  | { readonly kind: 'admin'; readonly name: string }

/** Without `layered_runtime` in the bootstrap there is no layer, not even for /runtime_modify. */
export const NO_LAYERS: LayeredRuntimeConfig = { layers: [] }

export function parseLayeredRuntime(reader: Reader): LayeredRuntimeConfig {
  const names = new Set<string>()
  let admins = 0
  const layers = reader.messages('layers', (layer) => {
    const parsed = readLayer(layer)
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

/** Layers of other kinds are left unread, so that the reader refuses them. */
function readLayer(reader: Reader): RuntimeLayerConfig {
  const name = reader.string('name')
  if (reader.oneof('layer_specifier') === 'admin_layer') {
    reader.message('admin_layer', () => undefined)
    return { kind: 'admin', name }
  }
  if (reader.oneof('layer_specifier') !== 'static_layer') return { kind: 'static', name, entries: new Map() }
  const entries = flattenLayer(reader.struct('static_layer') ?? {}, (key) =>
    reader.error('static_layer', 'NU272', `Invalid runtime entry value for ${key}`),
  )
  return { kind: 'static', name, entries }
}
