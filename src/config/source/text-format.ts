/* Which reader a file gets: by its extension, as Envoy decides. */

export type TextFormat = 'yaml' | 'json' | 'pb' | 'pb_text'

export function formatOfPath(path: string): TextFormat {
  const lower = path.toLowerCase()
  if (lower.endsWith('.yaml') || lower.endsWith('.yml')) return 'yaml'
  if (lower.endsWith('.pb')) return 'pb'
  return lower.endsWith('.pb_text') ? 'pb_text' : 'json'
}
