/** Where a request is to go, by what is known of it (Envoy docs: arch_overview/upstream/load_balancing/original_dst). */
import type { Address } from '../../api/network.ts'
import type { StreamInfo } from '../../api/stream-info.ts'
import type { LoadBalancerContext } from '../../api/upstream.ts'
import type { MetadataKey } from '../../config/matchers/metadata-key.ts'
import { valueAtPath } from '../../config/matchers/metadata-matcher.ts'
import { withPort } from '../../network/address.ts'
import { parseIpPort } from '../../network/ip-port.ts'
import type { OriginalDstBalancing } from '../config/provided-balancing.ts'

/** Filter state; of the request, or else of its connection. */
const STATE = 'envoy.network.transport_socket.original_dst_address'

/** `onInvalid`: somebody asked for what is no address; the next one is asked then. undefined: nobody knows. */
export function originalDestination(
  context: LoadBalancerContext,
  { metadataKey, headerName, portOverride }: OriginalDstBalancing,
  onInvalid: () => void,
): Address | undefined {
  const read = (text: string | undefined): Address | undefined => {
    if (text === undefined) return undefined
    const address = parseIpPort(text)
    if (address === undefined) onInvalid()
    return address
  }
  const address =
    context.streamInfo?.filterState.get(STATE)?.address ??
    (metadataKey && read(metadataText(context, metadataKey))) ??
    (headerName === undefined ? undefined : read(context.requestHeaders?.getAll(headerName)[0])) ??
    restoredAddress(context)
  if (address?.kind !== 'ip' || portOverride === undefined) return address
  return withPort(address, portOverride)
}

/** The local address of the connection is where the client wanted to go if a listener filter said so, else it is only ours. */
function restoredAddress({ downstreamConnection }: LoadBalancerContext): Address | undefined {
  const info = downstreamConnection?.info
  return info?.directLocalAddress === undefined ? undefined : info.localAddress
}

function metadataText({ streamInfo, downstreamConnection }: LoadBalancerContext, key: MetadataKey): string | undefined {
  return textIn(streamInfo, key) ?? textIn(downstreamConnection?.streamInfo, key)
}

function textIn(streamInfo: StreamInfo | undefined, { filter, path }: MetadataKey): string | undefined {
  const value = valueAtPath(streamInfo?.dynamicMetadata?.get(filter), path)
  const first: unknown = Array.isArray(value) ? value[0] : value
  return typeof first === 'string' ? first : undefined
}
