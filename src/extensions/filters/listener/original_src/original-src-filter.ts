/** Has upstream connections come from the client's address. */
import type { ListenerFilter, ListenerFilterCallbacks } from '../../../../api/listener-filter.ts'
import type { FilterStatus } from '../../../../api/network.ts'

export class OriginalSrcFilter implements ListenerFilter {
  readonly maxReadBytes = 0
  readonly #mark: number

  constructor(mark: number) {
    this.#mark = mark
  }

  onAccept({ info }: ListenerFilterCallbacks): FilterStatus {
    const { remoteAddress } = info
    if (remoteAddress.kind === 'ip') info.upstreamSource = { address: remoteAddress, mark: this.#mark }
    return 'continue'
  }
}
