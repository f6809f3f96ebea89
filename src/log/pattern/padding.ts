/** The width between `%` and a flag: `%8l`, `%-8l`, `%=8l`, and `%3!l`, which also cuts. */
export interface Padding {
  /** 0: none. */
  readonly width: number
  readonly side: 'left' | 'right' | 'center'
  readonly truncate: boolean
}

export const NO_PADDING: Padding = { width: 0, side: 'left', truncate: false }

const WIDEST = 64

const SPECIFICATION = /([-=]?)(?:(\d+)(!?))?/y

/** Reads a width at `at`; `end` is where the flag stands. */
export function readPadding(pattern: string, at: number): { readonly padding: Padding; readonly end: number } {
  SPECIFICATION.lastIndex = at
  const found = SPECIFICATION.exec(pattern)
  const end = at + (found?.[0].length ?? 0)
  // A side without a number is swallowed and changes nothing.
  if (found?.[2] === undefined) return { padding: NO_PADDING, end }
  const side = found[1] === '-' ? 'right' : found[1] === '=' ? 'center' : 'left'
  return { padding: { width: Math.min(Number(found[2]), WIDEST), side, truncate: found[3] === '!' }, end }
}

export function pad(text: string, { width, side, truncate }: Padding): string {
  if (width === 0) return text
  if (text.length >= width) return truncate ? text.slice(0, width) : text
  switch (side) {
    case 'left':
      return text.padStart(width)
    case 'right':
      return text.padEnd(width)
    case 'center':
      return text.padStart(text.length + Math.floor((width - text.length) / 2)).padEnd(width)
  }
}
