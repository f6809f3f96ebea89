/** Network interfaces by their names. */
import { libc } from './libc.ts'
import { NativeBuffer } from './native-buffer.ts'

/** IFNAMSIZ, with the zero at its end. */
const NAME_SIZE = 16

const nameBuffer = new NativeBuffer(NAME_SIZE)

/** Above 0; 0: there is no interface of this name. */
export function interfaceIndex(name: string): number {
  const bytes = new TextEncoder().encode(name)
  if (bytes.length === 0 || bytes.length >= NAME_SIZE || bytes.includes(0)) return 0
  nameBuffer.bytes.fill(0)
  nameBuffer.bytes.set(bytes)
  return libc.if_nametoindex(nameBuffer.address)
}
