/** Where a redirected connection was meant to go, as the packet filter remembers it or a transparent socket shows it. */
import type { Address } from '../api/network.ts'
import { getSocketOption, localAddressOf, originalDestinationOf } from '../platform/socket-calls.ts'
import { IP_TRANSPARENT, IPPROTO_IP, IPPROTO_IPV6, IPV6_TRANSPARENT } from '../platform/socket-constants.ts'
import { socketAddress } from './address.ts'

/** `local`: the accepted socket's own address. Undefined where nothing is known beside that. */
export function originalDestination(fd: number, local: Address): Address | undefined {
  if (local.kind !== 'ip') return undefined
  const found = originalDestinationOf(fd, local.family) ?? transparentDestination(fd, local.family)
  return found?.kind === 'ip' ? socketAddress(found.ip, found.port) : undefined
}

/** With TPROXY the destination is the socket's local address already. */
function transparentDestination(fd: number, family: 4 | 6): ReturnType<typeof localAddressOf> {
  const isTransparent =
    family === 4 ? getSocketOption(fd, IPPROTO_IP, IP_TRANSPARENT) : getSocketOption(fd, IPPROTO_IPV6, IPV6_TRANSPARENT)
  return isTransparent === undefined || isTransparent === 0 ? undefined : localAddressOf(fd)
}
