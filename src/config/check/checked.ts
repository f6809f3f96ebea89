/* The check pass in one call. */
import type { Message } from '../../api/config.ts'
import { DecodeLog } from '../decode/decode-log.ts'
import type { ElementMemo } from '../decode/element-memo.ts'
import type { Finding } from '../decode/finding.ts'
import { envoySchema } from '../schema/envoy-schema.ts'
import { MessageChecker } from './check-message.ts'
import type { DeprecationCounts } from './deprecated.ts'

export interface Checked {
  readonly findings: readonly Finding[]
  readonly counts: Readonly<DeprecationCounts>
}

/** `isBootstrap`: there is no runtime yet that would refuse what is no longer available. `memo`: what it was decoded with. */
export function checkMessage(typeName: string, message: Message, isBootstrap = false, memo?: ElementMemo): Checked {
  const log = new DecodeLog('error')
  const checker = new MessageChecker(envoySchema, log, !isBootstrap, memo)
  checker.check(envoySchema.requireMessage(typeName), message)
  return { findings: log.findings, counts: checker.counts }
}
