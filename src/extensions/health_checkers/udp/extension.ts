/** envoy.health_checkers.udp: hosts are asked by a datagram and answer with another. */
import type { Extension } from '../../../api/extension.ts'
import { openDatagrams } from '../../../network/datagram-socket.ts'
import type { CustomHealthCheck } from '../../../upstream/health-check/custom-health-check.ts'
import { readUdpCheck } from './config.ts'
import { UdpProbe } from './udp-probe.ts'

export const extension: Extension<CustomHealthCheck, 'envoy.health_checkers'> = {
  category: 'envoy.health_checkers',
  name: 'envoy.health_checkers.udp',
  typeNames: ['envoy.extensions.health_checkers.udp.v3.UdpHealthCheck'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse: (reader) => {
    const config = readUdpCheck(reader)
    return {
      kind: 'custom',
      checkerType: 'UDP',
      start:
        ({ dispatcher }) =>
        (host) =>
          new UdpProbe(config, dispatcher, host, openDatagrams),
    }
  },
  // What was parsed is all that a cluster wants.
  create: () => undefined,
}
