/** Who is at the other end of an accepted connection: no text is made before somebody wants it, and the last one's is kept. */
import type { IpAddress } from '../api/network.ts'
import { formatIp, unmapIp } from '../base/ip-bits.ts'
import type { PeerBits } from '../platform/stream-calls.ts'
import { socketAddress } from './address.ts'

export class PeerAddresses {
  #lastWord = -1
  #lastIp = ''

  of(peer: PeerBits | undefined): IpAddress {
    // Gone already, when the kernel was asked later.
    if (peer === undefined) return socketAddress('', 0)
    const { words, port, zone = 0 } = peer
    if (words.length === 1) return new ClientAddress(this.#ipv4(words[0]!), port)
    const inner = unmapIp({ family: 6, words })
    if (inner !== undefined) return new ClientAddress(this.#ipv4(inner.words[0]!), port)
    return socketAddress(formatIp({ family: 6, words, zone }), port)
  }

  #ipv4(word: number): string {
    if (word !== this.#lastWord) {
      this.#lastWord = word
      this.#lastIp = formatIp({ family: 4, words: [word] })
    }
    return this.#lastIp
  }
}

/** An IPv4 address whose text with the port is made on demand. */
class ClientAddress implements IpAddress {
  readonly kind = 'ip'
  readonly family = 4
  readonly ip: string
  readonly port: number

  constructor(ip: string, port: number) {
    this.ip = ip
    this.port = port
  }

  get text(): string {
    return `${this.ip}:${this.port}`
  }
}
