/** envoy.health_checkers.redis: hosts are asked as Redis servers. */
import type { Extension } from '../../../api/extension.ts'
import type { CustomHealthCheck } from '../../../upstream/health-check/custom-health-check.ts'
import { readRedisCheck } from './config.ts'
import { RedisProbe } from './redis-probe.ts'
import { RedisStats } from './redis-stats.ts'

export const extension: Extension<CustomHealthCheck, 'envoy.health_checkers'> = {
  category: 'envoy.health_checkers',
  name: 'envoy.health_checkers.redis',
  typeNames: ['envoy.extensions.health_checkers.redis.v3.Redis'],
  status: 'partial',
  securityPosture: 'requires_trusted_downstream_and_upstream',
  parse: (reader) => {
    const config = readRedisCheck(reader)
    return {
      kind: 'custom',
      checkerType: 'REDIS',
      start: (cluster) => {
        const stats = new RedisStats(cluster.scope)
        return (host) => new RedisProbe(config, cluster, host, stats)
      },
    }
  },
  // What was parsed is all that a cluster wants.
  create: () => undefined,
}
