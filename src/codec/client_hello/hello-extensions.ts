/** What single extensions of a ClientHello say. */
import { ByteCursor } from './byte-cursor.ts'
import type { ClientHello } from './client-hello.ts'
import { ExtensionType, extensionOf } from './client-hello.ts'

const HOST_NAME = 0
const LONGEST_NAME = 255

/** As the client wrote it, latin1; '' when it names nobody, undefined when it breaks the rules (RFC 6066 §3). */
export function serverNameOf(hello: ClientHello): string | undefined {
  const data = extensionOf(hello, ExtensionType.serverName)
  if (data === undefined) return ''
  const cursor = new ByteCursor(data)
  const list = cursor.part16()
  if (list === undefined || cursor.left > 0) return undefined
  const names = new ByteCursor(list)
  const type = names.u8()
  const name = names.part16()
  if (type !== HOST_NAME || name === undefined || names.left > 0) return undefined
  if (name.length === 0 || name.length > LONGEST_NAME || name.includes(0)) return undefined
  return latin1(name)
}

/** ALPN (RFC 7301 §3.1), latin1; undefined when there is none, or none that makes sense. */
export function applicationProtocolsOf(hello: ClientHello): readonly string[] | undefined {
  const data = extensionOf(hello, ExtensionType.alpn)
  if (data === undefined) return undefined
  const cursor = new ByteCursor(data)
  const list = cursor.part16()
  if (list === undefined || list.length < 2 || cursor.left > 0) return undefined
  const names = new ByteCursor(list)
  const protocols: string[] = []
  while (names.left > 0) {
    const name = names.part8()
    if (name === undefined || name.length === 0) return undefined
    protocols.push(latin1(name))
  }
  return protocols
}

const OUTER = 0

/** The form of an encrypted_client_hello of the outer kind; what is in it only its server can read. */
export function isEncryptedHelloInOrder(hello: ClientHello): boolean {
  const data = extensionOf(hello, ExtensionType.encryptedClientHello)
  if (data === undefined) return true
  const cursor = new ByteCursor(data)
  const type = cursor.u8()
  if (type !== OUTER) return type !== undefined
  const fixed = cursor.take(5)
  const encapsulated = cursor.part16()
  const payload = cursor.part16()
  return (
    fixed !== undefined &&
    encapsulated !== undefined &&
    payload !== undefined &&
    payload.length > 0 &&
    cursor.left === 0
  )
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}
