/** envoy.config.core.v3.TlvEntry: an extension of a PROXY protocol header, constant or formatted for each connection. */
import type { Formatter } from '../api/access-log.ts'
import type { Reader } from '../api/config.ts'
import type { ParseContext } from '../api/extension.ts'
import type { StreamInfo } from '../api/stream-info.ts'
import { streamlessContext } from './streamless-context.ts'
import { readSubstitutionFormat } from './substitution-format.ts'

export interface TlvEntry {
  readonly type: number
  readonly value: Uint8Array | Formatter
}

/** Constants come first, as in Envoy. */
export function readTlvEntries(reader: Reader, field: string, context: ParseContext): readonly TlvEntry[] {
  const entries = reader.messages(field, (entry) => readTlvEntry(entry, context))
  return [...entries.filter(isConstant), ...entries.filter((entry) => !isConstant(entry))]
}

function isConstant({ value }: TlvEntry): boolean {
  return value instanceof Uint8Array
}

function readTlvEntry(entry: Reader, context: ParseContext): TlvEntry {
  const type = entry.number('type', 0)
  const constant = entry.bytes('value') ?? new Uint8Array(0)
  const format = entry.message('format_string', (message) => readSubstitutionFormat(message, context).formatter)
  if (constant.length > 0 && format !== undefined) {
    entry.error('value', 'NU172', "Invalid TLV configuration: only one of 'value' or 'format_string' may be set.")
  } else if (constant.length === 0 && format === undefined) {
    entry.error(undefined, 'NU172', "Invalid TLV configuration: one of 'value' or 'format_string' must be set.")
  }
  return { type, value: format ?? constant }
}

/** For one connection. */
export function formatTlvs(
  entries: readonly TlvEntry[],
  streamInfo: StreamInfo,
): { readonly type: number; readonly value: Uint8Array }[] {
  const context = streamlessContext(streamInfo)
  return entries.map(({ type, value }) => ({
    type,
    value: value instanceof Uint8Array ? value : Buffer.from(value.format(context), 'latin1'),
  }))
}
