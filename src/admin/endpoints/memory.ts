/** /memory: admin.v3.Memory; 64-bit numbers are texts in the JSON of protobuf. */
import type { AdminProcess } from '../admin-deps.ts'
import type { AdminEndpoint } from '../admin-endpoint.ts'
import { json } from '../admin-endpoint.ts'

export function memoryEndpoint(process: AdminProcess): AdminEndpoint {
  return {
    path: '/memory',
    help: 'print current allocation/heap usage',
    mutates: false,
    params: [],
    handle() {
      const memory = process.memory()
      return json({
        allocated: String(memory.allocated),
        heap_size: String(memory.heapSize),
        pageheap_unmapped: String(memory.pageheapUnmapped),
        pageheap_free: String(memory.pageheapFree),
        total_thread_cache: String(memory.totalThreadCache),
        total_physical_bytes: String(memory.totalPhysicalBytes),
      })
    },
  }
}
