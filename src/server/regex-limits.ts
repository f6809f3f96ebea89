/** How large the programs of patterns may be, as the runtime says. */
import type { Message, RegexLimits } from '../api/config.ts'
import type { RuntimeSnapshot } from '../api/runtime.ts'
import { trustedReader } from '../config/reader/trusted-reader.ts'
import { readDiskLayer } from '../runtime/disk-layer.ts'
import { parseLayeredRuntime } from '../runtime/runtime-config.ts'
import type { RuntimeEntry } from '../runtime/runtime-entry.ts'
import { Snapshot } from '../runtime/snapshot.ts'

const LAYERED_RUNTIME = 'envoy.config.bootstrap.v3.LayeredRuntime'
const DEFAULT_ERROR_LEVEL = 100

export function regexLimits(runtime: RuntimeSnapshot): RegexLimits {
  return {
    errorLevel: runtime.integer('re2.max_program_size.error_level', DEFAULT_ERROR_LEVEL),
    warnLevel: runtime.integer('re2.max_program_size.warn_level', Number.POSITIVE_INFINITY),
  }
}

/** For the bootstrap itself: by those of its layers that are there before anything else. */
export function bootstrapRegexLimits(bootstrap: Message, clusterOption: string): RegexLimits {
  const layered = bootstrap['layered_runtime'] as Message | undefined
  const node = bootstrap['node'] as Message | undefined
  const serviceCluster = clusterOption || String(node?.['cluster'] ?? '')
  const entries = new Map<string, RuntimeEntry>()
  for (const layer of layered === undefined
    ? []
    : parseLayeredRuntime(trustedReader(LAYERED_RUNTIME, layered)).layers) {
    const disk = layer.kind === 'disk' ? readDiskLayer(layer, serviceCluster) : undefined
    const found = layer.kind === 'static' ? layer.entries : disk?.kind === 'loaded' ? disk.entries : []
    for (const [key, entry] of found) entries.set(key, entry)
  }
  return regexLimits(new Snapshot(entries))
}
