/**
 * Wire text of base64 whose padding may be missing; undefined when it is none. As Envoy: digits of the standard alphabet alone, and
 * no bits left behind the last byte.
 */
export function decodeBase64WithoutPadding(text: string): string | undefined {
  const digits = text.replace(/={1,2}$/, '')
  if (!/^[A-Za-z0-9+/]*$/.test(digits)) return undefined
  const bytes = Buffer.from(digits, 'base64')
  return bytes.toString('base64').replace(/=+$/, '') === digits ? bytes.latin1Slice() : undefined
}
