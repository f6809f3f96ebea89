/** The bits of the address that was asked for last: rules ask for the same one again and again. */
import type { Address } from '../../../../api/network.ts'
import type { IpBits } from '../../../../base/ip-bits.ts'
import { parseIp } from '../../../../base/ip-bits.ts'

export class LastAddress {
  #address: Address | undefined = undefined
  #bits: IpBits | undefined = undefined

  /** Undefined of a pipe. */
  bitsOf(address: Address): IpBits | undefined {
    if (address !== this.#address) {
      this.#address = address
      this.#bits = address.kind === 'ip' ? parseIp(address.ip) : undefined
    }
    return this.#bits
  }
}
