/** envoy.config.bootstrap.v3.ClusterManager: what holds for all clusters. */
import type { Reader } from '../../api/config.ts'
import type { ParseContext } from '../../api/extension.ts'
import type { BindConfig } from './connection-settings.ts'
import { readBindConfig } from './connection-settings.ts'

export interface ClusterManagerConfig {
  /** Where ejections of hosts are written down. */
  readonly outlierEventLogPath: string | undefined
  /** The cluster that this proxy belongs to; '': nobody said. */
  readonly localClusterName: string
  /** For clusters that have none. */
  readonly bind: BindConfig | undefined
  /** A thread counts a cluster as its own from its first use on. */
  readonly deferredCreation: boolean
}

export const NO_MANAGER_CONFIG: ClusterManagerConfig = {
  outlierEventLogPath: undefined,
  localClusterName: '',
  bind: undefined,
  deferredCreation: false,
}

export function readClusterManager(manager: Reader, context: ParseContext): ClusterManagerConfig {
  return {
    outlierEventLogPath: readOutlierEventLog(manager, context),
    localClusterName: manager.string('local_cluster_name'),
    bind: manager.message('upstream_bind_config', (bind) =>
      readBindConfig(bind, "Bootstrap's upstream binding config"),
    ),
    deferredCreation: manager.bool('enable_deferred_cluster_creation', false),
  }
}

function readOutlierEventLog(manager: Reader, context: ParseContext): string | undefined {
  return manager.message('outlier_detection', (outlier) => {
    const path = outlier.string('event_log_path')
    if (path === '') return undefined
    const opened = context.accessLogFiles.open(path)
    if ('error' in opened) outlier.error('event_log_path', 'NU156', opened.error)
    return path
  })
}
