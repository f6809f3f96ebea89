/** Who reports spans: this service at its address. */
import type { LocalInfo } from '../../../api/extension.ts'
import { parseIp } from '../../../base/ip-bits.ts'

export interface Endpoint {
  /** Wire text. */
  readonly serviceName: string
  readonly ip: string
  readonly family: 4 | 6
}

export function endpointOf({ clusterName, localAddress }: LocalInfo): Endpoint {
  return { serviceName: clusterName, ip: localAddress, family: parseIp(localAddress)?.family ?? 4 }
}
