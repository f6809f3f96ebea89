/** envoy.resource_monitors.cgroup_memory: the memory of the control group against its limit. */
import type { Extension } from '../../../api/extension.ts'
import { cgroupMemoryFiles, readCgroupMemory } from './cgroup-memory.ts'

export const extension: Extension<number, 'envoy.resource_monitors'> = {
  category: 'envoy.resource_monitors',
  name: 'envoy.resource_monitors.cgroup_memory',
  typeNames: ['envoy.extensions.resource_monitors.cgroup_memory.v3.CgroupMemoryConfig'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse(reader) {
    if (cgroupMemoryFiles() === undefined) {
      reader.error(undefined, 'NU279', 'No supported cgroup memory implementation found')
    }
    return reader.number('max_memory_bytes', 0)
  },
  create: (maxBytes) => ({
    kind: 'watched',
    read: () => readCgroupMemory(cgroupMemoryFiles(), maxBytes),
    close: () => undefined,
  }),
}
