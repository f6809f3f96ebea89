/** `cluster_manager.` */
import type { Counter, Gauge, Scope } from '../../api/stats.ts'

export class ClusterManagerStats {
  readonly clusterAdded: Counter
  readonly clusterUpdated: Counter
  readonly clusterModified: Counter
  readonly clusterRemoved: Counter
  readonly updatedViaMerge: Counter
  readonly mergeCancelled: Counter
  readonly outOfMergeWindow: Counter
  readonly activeClusters: Gauge
  readonly warmingClusters: Gauge

  constructor(root: Scope) {
    const scope = root.scope('cluster_manager')
    this.clusterAdded = scope.counter('cluster_added')
    this.clusterUpdated = scope.counter('cluster_updated')
    this.activeClusters = scope.gauge('active_clusters', 'never')
    this.warmingClusters = scope.gauge('warming_clusters', 'never')
    this.clusterModified = scope.counter('cluster_modified')
    this.clusterRemoved = scope.counter('cluster_removed')
    this.updatedViaMerge = scope.counter('cluster_updated_via_merge')
    this.mergeCancelled = scope.counter('update_merge_cancelled')
    this.outOfMergeWindow = scope.counter('update_out_of_merge_window')
  }
}
