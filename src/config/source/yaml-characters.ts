/*
 * The characters of a YAML file: UTF-8 unless the first bytes say UTF-16 or UTF-32, by a byte order mark or by where their
 * zeros are (YAML 1.2 §5.2). Editors and shells of Windows write UTF-16.
 */
export function yamlCharacters(bytes: Uint8Array): string {
  const [a, b, c, d] = bytes
  if (a === 0 && b === 0 && ((c === 0xfe && d === 0xff) || (c === 0 && d !== 0))) return utf32(bytes, false)
  if (((a === 0xff && b === 0xfe) || (a !== 0 && b === 0)) && c === 0 && d === 0) return utf32(bytes, true)
  if ((a === 0xfe && b === 0xff) || (a === 0 && b !== 0 && b !== undefined)) return utf16be(bytes)
  if ((a === 0xff && b === 0xfe) || (a !== 0 && b === 0)) return new TextDecoder('utf-16le').decode(bytes)
  return new TextDecoder().decode(bytes)
}

function utf16be(bytes: Uint8Array): string {
  return new TextDecoder('utf-16le').decode(Buffer.from(bytes.subarray(0, bytes.length & ~1)).swap16())
}

function utf32(bytes: Uint8Array, isLittle: boolean): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let text = ''
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    const point = view.getUint32(at, isLittle)
    if (at === 0 && point === BYTE_ORDER_MARK) continue
    text += point > LAST_POINT ? REPLACEMENT : String.fromCodePoint(point)
  }
  return text
}

const BYTE_ORDER_MARK = 0xfeff
const LAST_POINT = 0x10ffff
const REPLACEMENT = '\ufffd'
