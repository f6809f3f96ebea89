/* NU204: `${VARIABLE}` that nobody puts a value in for. */
import type { FieldPath, Json, Message } from '../../api/config.ts'
import type { Finding } from '../decode/finding.ts'

const variable = /\$\{[A-Za-z_][A-Za-z0-9_]*(?::?[-=?+][^}]*)?\}/

/** Texts in languages of their own, where `${…}` may be meant. */
const foreign: ReadonlySet<string> = new Set(['inline_code', 'inline_string', 'inline_bytes', 'regex', 'body'])

export function lintVariables(bootstrap: Message): Finding[] {
  const out: Finding[] = []
  search(bootstrap, [], out)
  return out
}

function search(value: Json, path: FieldPath, out: Finding[]): void {
  if (typeof value === 'string') {
    const found = variable.exec(value)?.[0]
    if (found === undefined) return
    out.push({
      id: 'NU204',
      severity: 'warning',
      message: `${found} is not replaced: it is taken literally`,
      path,
      of: 'value',
      hint: 'put the value in before, for example with envsubst',
    })
  } else if (Array.isArray(value))
    (value as readonly Json[]).forEach((item, index) => search(item, [...path, index], out))
  else if (typeof value === 'object' && value !== null) searchFields(value as Message, path, out)
}

function searchFields(message: Message, path: FieldPath, out: Finding[]): void {
  const inside = typeof message['@type'] === 'string' ? [...path, { any: true } as const] : path
  for (const [field, value] of Object.entries(message)) {
    if (!foreign.has(field)) search(value, [...inside, field], out)
  }
}
