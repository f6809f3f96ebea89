/** The text of a header as the value of metadata that a rule asks for. */
import { parseDouble } from '../../../../base/parse-double.ts'
import { fromWireText } from '../../../../base/wire-text.ts'
import { WireProblem } from '../../../../config/proto/wire.ts'
import { wireTree } from '../../../../config/proto/wire-tree.ts'
import { envoySchema } from '../../../../config/schema/envoy-schema.ts'
import type { KeyValue } from './config.ts'

export type MetadataValue = { readonly value: unknown } | 'too-long' | 'not-base64' | 'unusable'

const MAX_BYTES = 8 * 1024

/** `text` is wire text, not empty. */
export function metadataValue(text: string, { type, encode }: KeyValue): MetadataValue {
  if (text.length >= MAX_BYTES) return 'too-long'
  const decoded = encode === 'BASE64' ? decodeBase64(text) : text
  if (decoded === undefined) return 'not-base64'
  switch (type) {
    case 'STRING':
      return { value: fromWireText(decoded) }
    case 'NUMBER': {
      const number = parseDouble(decoded)
      return number === undefined ? 'unusable' : { value: number }
    }
    case 'PROTOBUF_VALUE':
      return protobufValue(decoded)
  }
}

/** Wire text; undefined when it is not base64 or nothing. Padding may be missing, bits that are not needed are zero. */
function decodeBase64(text: string): string | undefined {
  const digits = text.replace(/={1,2}$/, '')
  if (digits === '' || digits.length % 4 === 1 || !/^[A-Za-z0-9+/]+$/.test(digits)) return undefined
  const bytes = Buffer.from(digits, 'base64')
  return bytes.toString('base64').replace(/=+$/, '') === digits ? bytes.latin1Slice() : undefined
}

function protobufValue(wireText: string): MetadataValue {
  try {
    return { value: wireTree(envoySchema, 'google.protobuf.Value', Buffer.from(wireText, 'latin1')) ?? null }
  } catch (problem) {
    if (problem instanceof WireProblem) return 'unusable'
    throw problem
  }
}
