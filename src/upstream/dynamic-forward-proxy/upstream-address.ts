/** Leaves the address of a host in the filter state (save_upstream_address). It prints as nothing, as in Envoy. */
import type { IpAddress } from '../../api/network.ts'
import type { FilterState } from '../../api/stream-info.ts'

export function saveUpstreamAddress(state: FilterState, address: IpAddress): void {
  state.set('envoy.stream.upstream_address', { serializeAsString: () => undefined, address })
}
