/** A dynamic forward proxy cluster with sub clusters on one thread: the host is one of the sub cluster's. */
import type { LoadBalancerContext, Pick } from '../../api/upstream.ts'
import type { ClusterOfClustersDeps } from '../cluster-of-clusters.ts'
import { ClusterOfClusters } from '../cluster-of-clusters.ts'
import { NO_HOST, noHost } from '../no-host.ts'
import type { ThreadClusterSettings } from '../thread-settings.ts'
import { defaultPort, wantedHost } from './dynamic-target.ts'
import { subClusterName, subClusterTarget } from './sub-cluster-name.ts'

export class SubClustersThreadCluster extends ClusterOfClusters {
  readonly #deps: ClusterOfClustersDeps

  constructor(settings: ThreadClusterSettings, deps: ClusterOfClustersDeps) {
    super(settings, deps)
    this.#deps = deps
  }

  protected choose(context: LoadBalancerContext): Pick {
    const wanted = wantedHost(context, this.info)
    if (wanted === '') return noHost('empty_host_header')
    const { host, port } = subClusterTarget(wanted, defaultPort(this.info))
    return this.#deps.child(subClusterName(host, port))?.chooseAt(context)?.asPick ?? NO_HOST
  }
}
