/** Tells a connection where it was meant to go before it was redirected here. */
import type { ListenerFilter, ListenerFilterCallbacks } from '../../../../api/listener-filter.ts'
import type { FilterStatus } from '../../../../api/network.ts'
import { originalDestination } from '../../../../network/original-destination.ts'

export class OriginalDstFilter implements ListenerFilter {
  readonly maxReadBytes = 0

  onAccept({ fd, info }: ListenerFilterCallbacks): FilterStatus {
    const destination = originalDestination(fd, info.localAddress)
    if (destination !== undefined) info.restoreLocalAddress?.(destination)
    return 'continue'
  }
}
