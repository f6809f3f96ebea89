/** What Envoy takes for a number in headers: digits, one plus in front, spaces around them; up to 64 bits. */
export function unsignedIn(text: string): number | undefined {
  const digits = /^\s*\+?(\d+)\s*$/.exec(text)?.[1]
  if (digits === undefined) return undefined
  const value = Number(digits)
  return value < 2 ** 64 ? value : undefined
}
