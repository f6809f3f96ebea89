/** envoy.resource_monitors.fixed_heap: the memory of the process against a fixed maximum. */
import type { Reader } from '../../../api/config.ts'
import type { Extension } from '../../../api/extension.ts'
import { ProcessMemory } from '../../../base/process-memory.ts'

export interface FixedHeapConfig {
  readonly maxBytes: number
  /** Of the runtime, which may say another maximum. */
  readonly runtimeKey: string | undefined
}

export const extension: Extension<FixedHeapConfig, 'envoy.resource_monitors'> = {
  category: 'envoy.resource_monitors',
  name: 'envoy.resource_monitors.fixed_heap',
  typeNames: ['envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse,
  create({ maxBytes, runtimeKey }, { runtime }) {
    const memory = new ProcessMemory()
    return {
      kind: 'watched',
      read() {
        const max = runtimeKey === undefined ? maxBytes : runtime.current.integer(runtimeKey, maxBytes)
        if (max <= 0) return { ok: false, error: 'max heap size must be greater than 0' }
        return { ok: true, pressure: memory.lookAtResidentBytes() / max }
      },
      close: () => undefined,
    }
  },
}

function parse(reader: Reader): FixedHeapConfig {
  const bytes = reader.number('max_heap_size_bytes', 0)
  const runtime = reader.message('max_heap_size_bytes_runtime', (value) => ({
    bytes: value.number('default_value', 0),
    key: value.string('runtime_key'),
  }))
  if (runtime !== undefined && bytes > 0) {
    const message = 'fixed_heap: exactly one of max_heap_size_bytes or max_heap_size_bytes_runtime must be set'
    reader.error('max_heap_size_bytes', 'NU279', message)
  } else if ((runtime?.bytes ?? bytes) === 0) {
    reader.error(undefined, 'NU279', 'fixed_heap: max heap size must be greater than 0')
  }
  return { maxBytes: runtime?.bytes ?? bytes, runtimeKey: runtime?.key }
}
