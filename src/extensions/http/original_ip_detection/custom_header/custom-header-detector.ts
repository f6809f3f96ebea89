/** The client's address as a header of the operator's choice tells it. */
import type { OriginalIp, OriginalIpDetector } from '../../../../api/early-request.ts'
import type { RequestHeaders } from '../../../../api/headers.ts'
import { ipAddress } from '../../../../network/address.ts'

export interface CustomHeaderConfig {
  /** Lower case. */
  readonly headerName: string
  readonly trusted: boolean
  /** Status for requests whose header is missing or holds no address; undefined: the next extension is asked. */
  readonly refusal: number | undefined
}

export class CustomHeaderDetector implements OriginalIpDetector {
  readonly #config: CustomHeaderConfig
  readonly #unknown: OriginalIp

  constructor(config: CustomHeaderConfig) {
    this.#config = config
    const unknown = { address: undefined, trusted: false, appendsForwardedFor: false }
    this.#unknown = config.refusal === undefined ? unknown : { ...unknown, refusal: config.refusal }
  }

  detect(headers: RequestHeaders): OriginalIp {
    const value = headers.get(this.#config.headerName)
    const address = value === undefined ? undefined : ipAddress(value, 0)
    return address === undefined
      ? this.#unknown
      : { address, trusted: this.#config.trusted, appendsForwardedFor: false }
  }
}
