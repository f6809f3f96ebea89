/** HTTP/2 by prior knowledge (RFC 9113 §3.4), told by as much of the preface as Envoy looks at. */
const PREFACE_START = Buffer.from('PRI * HTTP/2', 'latin1')

export function startsHttp2(bytes: Uint8Array | undefined): boolean {
  if (bytes === undefined || bytes.length < PREFACE_START.length) return false
  for (let i = 0; i < PREFACE_START.length; i++) if (bytes[i] !== PREFACE_START[i]) return false
  return true
}
