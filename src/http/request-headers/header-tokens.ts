/** Comma-separated tokens of a header value, compared without regard to case. */

/** `token` is lower case. */
export function hasToken(value: string, token: string): boolean {
  if (value.length === token.length) return value.toLowerCase() === token
  return (
    value.includes(',') &&
    value
      .toLowerCase()
      .split(',')
      .some((part) => part.trim() === token)
  )
}
