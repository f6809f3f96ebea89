/** Every path of the admin server, in the order in which /help lists them. */
import type { AdminDeps } from './admin-deps.ts'
import type { AdminEndpoint } from './admin-endpoint.ts'
import { allocatorEndpoint } from './endpoints/allocator.ts'
import { certsEndpoint } from './endpoints/certs.ts'
import { clustersEndpoint } from './endpoints/clusters.ts'
import { configDumpEndpoint } from './endpoints/config-dump.ts'
import { contentionEndpoint } from './endpoints/contention.ts'
import { drainListenersEndpoint } from './endpoints/drain-listeners.ts'
import { heapDumpEndpoint, peakHeapDumpEndpoint } from './endpoints/heap-dump.ts'
import { healthcheckFailEndpoint, healthcheckOkEndpoint } from './endpoints/healthcheck.ts'
import { helpEndpoint } from './endpoints/help.ts'
import { homeEndpoint } from './endpoints/home.ts'
import { hotRestartVersionEndpoint } from './endpoints/hot-restart-version.ts'
import { initDumpEndpoint } from './endpoints/init-dump.ts'
import { listenersEndpoint } from './endpoints/listeners.ts'
import { loggingEndpoint } from './endpoints/logging.ts'
import { memoryEndpoint } from './endpoints/memory.ts'
import { allocProfilerEndpoint, cpuProfilerEndpoint, heapProfilerEndpoint } from './endpoints/profilers.ts'
import { quitEndpoint } from './endpoints/quitquitquit.ts'
import { readyEndpoint } from './endpoints/ready.ts'
import { recentLookupsEndpoints } from './endpoints/recent-lookups.ts'
import { reopenLogsEndpoint } from './endpoints/reopen-logs.ts'
import { resetCountersEndpoint } from './endpoints/reset-counters.ts'
import { runtimeEndpoint, runtimeModifyEndpoint } from './endpoints/runtime.ts'
import { serverInfoEndpoint } from './endpoints/server-info.ts'
import { prometheusEndpoint, statsEndpoint } from './endpoints/stats.ts'

export function adminEndpoints(deps: AdminDeps): readonly AdminEndpoint[] {
  const { process, stats, runtime, config } = deps
  const all = (): readonly AdminEndpoint[] => endpoints
  const endpoints: readonly AdminEndpoint[] = [
    homeEndpoint(all),
    allocProfilerEndpoint(),
    certsEndpoint(),
    clustersEndpoint(() => deps.clusters()),
    configDumpEndpoint({ config, node: process, clusters: () => deps.clusters() }),
    contentionEndpoint(process),
    cpuProfilerEndpoint(),
    drainListenersEndpoint(deps.listeners),
    healthcheckFailEndpoint(process),
    healthcheckOkEndpoint(process),
    heapDumpEndpoint(process),
    heapProfilerEndpoint(),
    helpEndpoint(all),
    hotRestartVersionEndpoint(process),
    initDumpEndpoint(process),
    listenersEndpoint(deps.listeners),
    loggingEndpoint(deps.log),
    memoryEndpoint(process),
    allocatorEndpoint(process),
    peakHeapDumpEndpoint(),
    quitEndpoint(process),
    readyEndpoint(process),
    reopenLogsEndpoint(process),
    resetCountersEndpoint(stats),
    runtimeEndpoint(runtime),
    runtimeModifyEndpoint(runtime),
    serverInfoEndpoint(process, config),
    statsEndpoint(stats, () => deps.clustersPerEndpoint()),
    prometheusEndpoint(stats, () => deps.clustersPerEndpoint()),
    ...recentLookupsEndpoints(),
  ]
  return endpoints
}
