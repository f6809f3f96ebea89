/**
 * Who is at the other end of an accepted connection. The runtime asks the kernel twice, for the address and for the port;
 * this asks once, makes no text before somebody wants it, and remembers the last client's.
 */
import type { IpAddress } from '../api/network.ts'
import { formatIp, unmapIp } from '../base/ip-bits.ts'
import { peerBitsOf } from '../platform/socket-calls.ts'
import { socketAddress } from './address.ts'
import type { NativeSocket } from './native-socket.ts'

export class PeerAddresses {
  #lastWord = -1
  #lastIp = ''

  of(socket: NativeSocket): IpAddress {
    const peer = peerBitsOf(socket.fd)
    // Gone already: the runtime remembers nothing either.
    if (peer === undefined) return socketAddress('', 0)
    const { words, port } = peer
    if (words.length === 1) return new ClientAddress(this.#ipv4(words[0]!), port)
    const inner = unmapIp({ family: 6, words })
    if (inner !== undefined) return new ClientAddress(this.#ipv4(inner.words[0]!), port)
    return socketAddress(formatIp({ family: 6, words }), port)
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
