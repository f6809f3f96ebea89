/** `cluster_manager.` */
import type { Counter, Gauge, Scope } from '../../api/stats.ts'

export class ClusterManagerStats {
  readonly clusterAdded: Counter
  readonly clusterUpdated: Counter
  readonly activeClusters: Gauge

  constructor(root: Scope) {
    const scope = root.scope('cluster_manager')
    this.clusterAdded = scope.counter('cluster_added')
    this.clusterUpdated = scope.counter('cluster_updated')
    this.activeClusters = scope.gauge('active_clusters', 'never')
    // What only a control plane or a health check moves.
    for (const name of ['cluster_modified', 'cluster_removed', 'cluster_updated_via_merge']) scope.counter(name)
    for (const name of ['update_merge_cancelled', 'update_out_of_merge_window']) scope.counter(name)
    scope.gauge('warming_clusters', 'never')
  }
}
