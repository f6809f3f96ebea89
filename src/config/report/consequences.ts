/*
 * "needs stat_prefix" beside "unknown field stat_prefixx" is noise: one slip, one finding.
 */
import type { ConfigError } from '../../api/config.ts'
import { printPath } from '../decode/describe.ts'
import type { Finding } from '../decode/finding.ts'

/** Drops what is missing (NU109) only because the decode pass refused what stands there. */
export function withoutConsequences(findings: readonly Finding[], refused: readonly ConfigError[]): readonly Finding[] {
  if (refused.length === 0) return findings
  const byParent = Map.groupBy(refused, (error) => parentOf(error.path))
  return findings.filter((finding) => {
    if (finding.id !== 'NU109') return true
    const own = printPath(finding.path)
    const siblings = [...(byParent.get(own) ?? []), ...(byParent.get(parentOf(own)) ?? [])]
    const missing = (finding.expected ?? '').replace(/^one of /, '').split(', ')
    return !siblings.some((error) => missing.some((name) => standsFor(error, name)))
  })
}

function standsFor(error: ConfigError, name: string): boolean {
  return error.path.endsWith(`.${name}`) || error.path === name || error.hint?.includes(`"${name}"`) === true
}

function parentOf(path: string): string {
  const end = path.lastIndexOf('.')
  return end < 0 ? '' : path.slice(0, end)
}
