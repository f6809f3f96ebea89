/* TLS ClientHellos for tests, in order or not. */

export interface HelloParts {
  readonly version?: number
  readonly sessionId?: Uint8Array
  readonly cipherSuites?: readonly number[] | Uint8Array
  readonly compression?: readonly number[]
  /** Absent: the message ends before them. */
  readonly extensions?: readonly Uint8Array[]
  /** Behind everything. */
  readonly rest?: Uint8Array
}

const bytes = (...numbers: readonly number[]): Uint8Array => Uint8Array.from(numbers)
const ascii = (text: string): Uint8Array => Buffer.from(text, 'latin1')
const join = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts)

export function u16(...numbers: readonly number[]): Uint8Array {
  return Uint8Array.from(numbers.flatMap((number) => [number >> 8, number & 255]))
}

export function part8(content: Uint8Array): Uint8Array {
  return join(bytes(content.length), content)
}

export function part16(content: Uint8Array): Uint8Array {
  return join(u16(content.length), content)
}

export function extension(type: number, data: Uint8Array): Uint8Array {
  return join(u16(type), part16(data))
}

export function serverName(name: string, type = 0): Uint8Array {
  return extension(0, part16(join(bytes(type), part16(ascii(name)))))
}

export function alpn(...protocols: readonly string[]): Uint8Array {
  return extension(16, part16(join(...protocols.map((protocol) => part8(ascii(protocol))))))
}

export function helloBody(parts: HelloParts = {}): Uint8Array {
  const suites = parts.cipherSuites ?? [0x1301, 0xc02f]
  return join(
    u16(parts.version ?? 0x0303),
    Buffer.alloc(32, 'R'),
    part8(parts.sessionId ?? bytes()),
    part16(suites instanceof Uint8Array ? suites : u16(...suites)),
    part8(bytes(...(parts.compression ?? [0]))),
    parts.extensions === undefined ? bytes() : part16(join(...parts.extensions)),
    parts.rest ?? bytes(),
  )
}

export function handshake(body: Uint8Array, type = 1, length = body.length): Uint8Array {
  return join(bytes(type, length >> 16, (length >> 8) & 255, length & 255), body)
}

export function record(content: Uint8Array, type = 22, version = 0x0301, length = content.length): Uint8Array {
  return join(bytes(type), u16(version, length), content)
}

export function clientHello(parts: HelloParts = {}): Uint8Array {
  return record(handshake(helloBody(parts)))
}
