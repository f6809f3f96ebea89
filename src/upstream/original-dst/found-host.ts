/** A host that nobody configured, as all threads describe it. */
import type { IpAddress } from '../../api/network.ts'
import type { HostDescription } from '../host-snapshot.ts'

export type FoundHost = Omit<HostDescription, 'id' | 'counters' | 'healthySinceMs'>

export function foundHost(clusterName: string, address: IpAddress): FoundHost {
  return {
    address,
    fallbackAddresses: [],
    hostname: `${clusterName}${address.text}`,
    locality: NO_LOCALITY,
    localityWeight: 0,
    metadata: undefined,
    canary: false,
    weight: 1,
    healthStatus: 'UNKNOWN',
    priority: 0,
  }
}

const NO_LOCALITY = { region: '', zone: '', subZone: '' }
