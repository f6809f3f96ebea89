/** What a PROXY protocol header said, for upstream connections that pass it on; it has no text. */
import type { Address } from '../../api/network.ts'
import type { FilterStateObject } from '../../api/stream-info.ts'
import type { Tlv } from './read-tlvs.ts'

/** Where a connection's filter state has it. */
export const PROXY_PROTOCOL_OPTIONS = 'envoy.network.proxy_protocol_options'

export class ProxyProtocolOptions implements FilterStateObject {
  readonly source: Address
  readonly destination: Address
  readonly tlvs: readonly Tlv[]

  constructor(source: Address, destination: Address, tlvs: readonly Tlv[]) {
    this.source = source
    this.destination = destination
    this.tlvs = tlvs
  }

  serializeAsString(): undefined {
    return undefined
  }
}

/** In their place: hosts are not to hear of the client. */
export const NO_PROXY_PROTOCOL_OPTIONS: FilterStateObject = { serializeAsString: () => undefined }
