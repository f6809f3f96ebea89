/**
 * /heap_dump: what is on the main thread's heap, as a heap snapshot that the developer tools of a browser open. /peak_heap_dump:
 * nobody keeps the largest one.
 */
import type { AdminProcess } from '../admin-deps.ts'
import type { AdminEndpoint } from '../admin-endpoint.ts'
import { text } from '../admin-endpoint.ts'

export function heapDumpEndpoint(process: AdminProcess): AdminEndpoint {
  return {
    path: '/heap_dump',
    help: 'dump current Envoy heap (if supported)',
    mutates: false,
    params: [],
    handle: () => text(process.heapSnapshot()),
  }
}

export function peakHeapDumpEndpoint(): AdminEndpoint {
  return {
    path: '/peak_heap_dump',
    help: 'dump peak Envoy heap (if supported)',
    mutates: false,
    params: [],
    handle: () => text('The current build does not support peak heap dump', 501),
  }
}
