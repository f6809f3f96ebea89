/** envoy.health_checkers.thrift: hosts are asked by a call of one of their methods. */
import type { Extension } from '../../../api/extension.ts'
import type { CustomHealthCheck } from '../../../upstream/health-check/custom-health-check.ts'
import { readThriftCheck } from './config.ts'
import { ThriftProbe } from './thrift-probe.ts'

export const extension: Extension<CustomHealthCheck, 'envoy.health_checkers'> = {
  category: 'envoy.health_checkers',
  name: 'envoy.health_checkers.thrift',
  typeNames: ['envoy.extensions.health_checkers.thrift.v3.Thrift'],
  status: 'stable',
  securityPosture: 'requires_trusted_downstream_and_upstream',
  parse: (reader) => {
    const config = readThriftCheck(reader)
    return {
      kind: 'custom',
      checkerType: 'THRIFT',
      start:
        ({ reuseConnection }) =>
        (host) =>
          new ThriftProbe(config, host, reuseConnection),
    }
  },
  // What was parsed is all that a cluster wants.
  create: () => undefined,
}
