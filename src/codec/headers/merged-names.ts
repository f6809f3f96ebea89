/**
 * Envoy keeps some fields in slots of their own ("inline headers"): a second line of such a name is joined to the first
 * with a comma while the message is read. content-length and transfer-encoding are among them too, but decide on framing
 * first (see `framing.ts`). Established against Envoy 1.40 by sending every name twice.
 */
import type { KnownName } from './field-names.ts'
import { nameId } from './field-names.ts'

const MERGED: readonly KnownName[] = [
  'host',
  'connection',
  'upgrade',
  'expect',
  'te',
  'keep-alive',
  'proxy-connection',
  'via',
  'x-request-id',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-client-cert',
  'user-agent',
  'content-type',
]

const MERGES = idTable()

export function mergesWhenReceived(id: number): boolean {
  return MERGES[id] === 1
}

function idTable(): Uint8Array {
  const table = new Uint8Array(128)
  for (const name of MERGED) table[nameId(name)] = 1
  return table
}
