/* The decode pass in one call. */
import type { Message, UnknownFields } from '../../api/config.ts'
import { envoySchema } from '../schema/envoy-schema.ts'
import { DecodeLog } from './decode-log.ts'
import { Decoder } from './decoder.ts'
import { shortName } from './describe.ts'
import type { ElementMemo } from './element-memo.ts'
import type { Finding } from './finding.ts'

export interface Decoded {
  /** Complete only if no finding is an error. */
  readonly message: Message
  readonly findings: readonly Finding[]
  readonly unknownFields: number
}

/** `memo`: of the same source, read with the same flag. */
export function decodeMessage(
  typeName: string,
  tree: unknown,
  unknownFields: UnknownFields,
  memo?: ElementMemo,
): Decoded {
  const log = new DecodeLog(unknownFields)
  const decoder = new Decoder(envoySchema, log, memo)
  const message = decoder.message(envoySchema.requireMessage(typeName), shortName(typeName), tree)
  return { message: message ?? {}, findings: log.findings, unknownFields: log.unknownCount }
}
