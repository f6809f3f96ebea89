/**
 * xxHash64 of wire text (one code unit a byte): what load balancers that hash requests and hosts agree on with
 * other proxies.
 */
/** As an unsigned 64-bit integer. */
export function xxHash64(text: string, seed = 0n): bigint {
  return Bun.hash.xxHash64(isAscii(text) ? text : Buffer.from(text, 'latin1'), seed)
}

/** Text goes to the runtime as UTF-8, which is the same bytes only then. */
function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false
  return true
}
