/** JSON has to be UTF-8; of the other formats Envoy takes what comes. */
import { isUtf8 } from 'node:buffer'
import type { ConfigError } from '../../api/config.ts'
import { SourceText } from './source-text.ts'

const REPLACED = '\ufffd'

/** `text`: what is left of the bytes where they cannot be read. Undefined: all can be. */
export function utf8Problem(file: string, bytes: Uint8Array, text: string): ConfigError | undefined {
  if (!text.includes(REPLACED) || isUtf8(bytes)) return undefined
  const offset = text.indexOf(REPLACED)
  const place = new SourceText(file, text, () => undefined).place(offset, offset + 1)
  return { id: 'NU303', severity: 'error', path: '', message: 'invalid JSON: Invalid UTF-8 string', place }
}
