/* One message from text or from a tree: xDS resources in files, REST replies, tests. */
import type { Message, Parsed, UnknownFields } from '../api/config.ts'
import { checkMessage } from './check/checked.ts'
import { decodeMessage } from './decode/decode-message.ts'
import { configErrors } from './report/config-errors.ts'
import { readConfigText } from './source/config-text.ts'
import { sourceMapOf } from './source/source-map.ts'

export interface ParseMessageOptions {
  /** Default: 'error'. */
  readonly unknownFields?: UnknownFields
  /** Name of the text in places. */
  readonly file?: string
  readonly format?: 'yaml' | 'json'
}

/** `source` is a text (YAML unless said otherwise) or a tree such as JSON.parse makes. The result is checked. */
export function parseMessage(typeName: string, source: unknown, options: ParseMessageOptions = {}): Parsed<Message> {
  const text =
    typeof source === 'string'
      ? readConfigText(options.file ?? '<text>', source, options.format ?? 'yaml', typeName)
      : undefined
  if (text?.problem !== undefined) return { ok: false, errors: [text.problem], warnings: [] }
  const decoded = decodeMessage(typeName, text === undefined ? source : text.tree, options.unknownFields ?? 'error')
  const sourceMap = text === undefined ? undefined : sourceMapOf([text.source])
  const { errors, warnings } = configErrors(
    [...decoded.findings, ...checkMessage(typeName, decoded.message).findings],
    sourceMap,
  )
  return errors.length === 0 ? { ok: true, value: decoded.message, warnings } : { ok: false, errors, warnings }
}
