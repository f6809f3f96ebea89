/** What workers tell the main thread unasked, and whom it concerns. */
import type { FromWorker } from '../../api/worker.ts'
import type { HostReportKind } from '../../upstream/outlier-detection/host-monitor.ts'
import type { Server } from '../server.ts'

export type WorkerMessageTakers = Pick<Server, 'statsFlusher' | 'clusterManager' | 'dnsCacheManager' | 'dynamic'>

export function onWorkerMessage(to: WorkerMessageTakers, worker: number, message: FromWorker): void {
  switch (message.kind) {
    case 'stats.define':
      return to.statsFlusher.define(worker, message.definitions)
    case 'host.report':
      // Written by the host monitors of a worker.
      return to.clusterManager.onHostReport(message.cluster, message.host, message.report as HostReportKind)
    case 'host.found':
      return to.clusterManager.onHostFound(message.cluster, message.address, message.token)
    case 'cluster.wanted':
      return to.clusterManager.onSubClusterWanted(message.cluster, message.host, message.port)
    case 'scope.wanted':
      return to.dynamic.scopes.onWanted(message.key, message.scope)
    case 'dns.load':
      return to.dnsCacheManager.load(message)
    // Of a thread, or answers, and with whoever waits for them already.
    case 'ready':
    case 'ack':
    case 'stats.merged':
    case 'fault':
    case 'connection.hand-over':
  }
}
