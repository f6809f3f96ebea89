/**
 * /allocprofiler, /cpuprofiler and /heapprofiler: nothing here can be profiled from within, and the answers are those of an
 * Envoy that cannot either.
 */
import type { AdminEndpoint, AdminParam, AdminRequest, AdminResponse } from '../admin-endpoint.ts'
import { OK, text } from '../admin-endpoint.ts'

const CHOICES = ['y', 'n']
const ENABLE: AdminParam = { name: 'enable', help: 'enable/disable the allocation profiler', choices: CHOICES }

export function allocProfilerEndpoint(): AdminEndpoint {
  return {
    path: '/allocprofiler',
    help: 'enable/disable the allocation profiler (if supported)',
    mutates: true,
    params: [ENABLE],
    handle: (request) =>
      whenAsked(request, () => text('The current build does not support the allocation profiler', 501)),
  }
}

export function cpuProfilerEndpoint(): AdminEndpoint {
  return {
    path: '/cpuprofiler',
    help: 'enable/disable the CPU profiler',
    mutates: true,
    params: [{ name: 'enable', help: 'enables the CPU profiler', choices: CHOICES }],
    handle: (request) =>
      whenAsked(request, (enable) => (enable === 'y' ? text('failure to start the profiler', 500) : OK)),
  }
}

export function heapProfilerEndpoint(): AdminEndpoint {
  return {
    path: '/heapprofiler',
    help: 'enable/disable the heap profiler',
    mutates: true,
    params: [{ ...ENABLE, help: 'enable/disable the heap profiler' }],
    handle: () => text('The current build does not support heap profiler', 501),
  }
}

function whenAsked({ params }: AdminRequest, answer: (enable: string) => AdminResponse): AdminResponse {
  const enable = params.first('enable') ?? ''
  return CHOICES.includes(enable) ? answer(enable) : text('?enable=<y|n>\n', 400)
}
