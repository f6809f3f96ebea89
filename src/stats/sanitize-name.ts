/** What Envoy makes of a scope's name: no dots at the ends, and nothing that a scheme or an address would bring in. */
export function sanitizeScopeName(name: string): string {
  let start = 0
  let end = name.length
  if (end > start && name.charCodeAt(end - 1) === 0x2e) end--
  if (end > start && name.charCodeAt(start) === 0x2e) start++
  const trimmed = name.slice(start, end)
  return /[:\0]/.test(trimmed) ? trimmed.replace(/:\/\/|:\/|:|\0/g, '_') : trimmed
}
