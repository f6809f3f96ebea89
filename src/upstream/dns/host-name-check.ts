/** Which names a resolver asks for at all: what c-ares takes for a host name (RFC 1035 §2.3.4 for the lengths). */

const CHARACTERS = /^[\w.*/-]+$/
const MAX_LABEL = 63
const MAX_NAME = 255

export function isHostName(name: string): boolean {
  if (name.length > MAX_NAME || !CHARACTERS.test(name)) return false
  const labels = (name.endsWith('.') ? name.slice(0, -1) : name).split('.')
  return labels.every((label) => label !== '' && label.length <= MAX_LABEL)
}
