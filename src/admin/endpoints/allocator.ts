/** /memory/tcmalloc: what the allocators of this process say, which are others. */
import type { AdminProcess } from '../admin-deps.ts'
import type { AdminEndpoint } from '../admin-endpoint.ts'

export function allocatorEndpoint(process: AdminProcess): AdminEndpoint {
  return {
    path: '/memory/tcmalloc',
    help: 'print TCMalloc stats',
    mutates: false,
    params: [],
    handle() {
      const { allocated, heapSize, pageheapFree, totalPhysicalBytes } = process.memory()
      const lines = [
        `There is no TCMalloc here. Main thread and process, in bytes:`,
        `MALLOC: ${column(allocated)} Bytes in use by application`,
        `MALLOC: ${column(pageheapFree)} Bytes in page heap freelist`,
        `MALLOC: ${column(heapSize)} Bytes of heap`,
        `MALLOC: ${column(totalPhysicalBytes)} Bytes resident, of all threads`,
      ]
      return { status: 200, contentType: 'text/plain', body: lines.map((line) => `${line}\n`).join('') }
    },
  }
}

function column(bytes: number): string {
  return String(bytes).padStart(14)
}
