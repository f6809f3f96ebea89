/** The named groups of bytes: `\d`, `[:alpha:]`, `\p{Lu}`. */
import { ByteClass } from './byte-class.ts'

type Ranges = readonly (readonly [number, number])[]

const DIGIT: Ranges = [[0x30, 0x39]]
const LOWER: Ranges = [[0x61, 0x7a]]
const UPPER: Ranges = [[0x41, 0x5a]]
const ALPHA: Ranges = [...UPPER, ...LOWER]
const WORD: Ranges = [...DIGIT, ...ALPHA, [0x5f, 0x5f]]

const PERL: Readonly<Record<string, Ranges>> = {
  d: DIGIT,
  s: [
    [0x09, 0x0a],
    [0x0c, 0x0d],
    [0x20, 0x20],
  ],
  w: WORD,
}

const POSIX: Readonly<Record<string, Ranges>> = {
  alnum: [...DIGIT, ...ALPHA],
  alpha: ALPHA,
  ascii: [[0x00, 0x7f]],
  blank: [
    [0x09, 0x09],
    [0x20, 0x20],
  ],
  cntrl: [
    [0x00, 0x1f],
    [0x7f, 0x7f],
  ],
  digit: DIGIT,
  graph: [[0x21, 0x7e]],
  lower: LOWER,
  print: [[0x20, 0x7e]],
  punct: [
    [0x21, 0x2f],
    [0x3a, 0x40],
    [0x5b, 0x60],
    [0x7b, 0x7e],
  ],
  space: [
    [0x09, 0x0d],
    [0x20, 0x20],
  ],
  upper: UPPER,
  word: WORD,
  xdigit: [...DIGIT, [0x41, 0x46], [0x61, 0x66]],
}

/** Of `\d` and its like, by the letter. */
export function addPerlGroup(set: ByteClass, letter: string, fold: boolean): boolean {
  const ranges = PERL[letter.toLowerCase()]
  if (ranges === undefined) return false
  addRanges(set, ranges, letter !== letter.toLowerCase(), fold)
  return true
}

/** Of `[:alpha:]` and its like, by what is between the colons. */
export function addPosixGroup(set: ByteClass, name: string, fold: boolean): boolean {
  const negated = name.startsWith('^')
  const plain = negated ? name.slice(1) : name
  if (!Object.hasOwn(POSIX, plain)) return false
  addRanges(set, POSIX[plain]!, negated, fold)
  return true
}

/** Of `\p{name}`: a general category or a script, as far as single bytes belong to it. */
export function addUnicodeGroup(set: ByteClass, name: string, negated: boolean, fold: boolean): boolean {
  const belongs = unicodeTest(name)
  if (belongs === undefined) return false
  const ranges: [number, number][] = []
  for (let byte = 0; byte < 256; byte++) if (belongs(String.fromCharCode(byte))) ranges.push([byte, byte])
  addRanges(set, ranges, negated, fold)
  return true
}

function addRanges(set: ByteClass, ranges: Ranges, negated: boolean, fold: boolean): void {
  const group = new ByteClass()
  for (const [lo, hi] of ranges) {
    if (fold) group.addFolded(lo, hi)
    else group.add(lo, hi)
  }
  if (negated) group.negate()
  set.addAll(group)
}

/** RE2 knows the short names of categories and the long ones of scripts. */
const CATEGORY = /^(?:C[cfos]?|L[lmotu]?|M[cen]?|N[dlo]?|P[cdefios]?|S[ckmo]?|Z[lps]?)$/
const SCRIPT = /^[A-Z][A-Za-z]{3}[A-Za-z_]*$|^Yi$|^Lao$|^Nko$|^Vai$|^Mro$/

function unicodeTest(name: string): ((char: string) => boolean) | undefined {
  if (name === 'Any') return () => true
  const pattern = CATEGORY.test(name) ? name : SCRIPT.test(name) ? `sc=${name}` : undefined
  if (pattern === undefined) return undefined
  try {
    const regex = new RegExp(`^\\p{${pattern}}$`, 'u')
    return (char) => regex.test(char)
  } catch {
    return undefined
  }
}
