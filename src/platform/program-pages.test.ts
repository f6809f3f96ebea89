import { describe, expect, test } from 'bun:test'
import { readOnlyMappings } from './program-pages.ts'

const block = (head: string, anonymousKb: number): string =>
  `${head}\nSize: 100 kB\nRss: 80 kB\nAnonymous:          ${anonymousKb} kB\nVmFlags: rd ex\n`

describe('readOnlyMappings', () => {
  test('takes what is only read of that file', () => {
    const smaps = [
      block('00200000-01a40000 r--p 00000000 fe:00 12 /app/bun', 0),
      block('01a40000-06850000 r-xp 01840000 fe:00 12 /app/bun', 0),
      block('06850000-06860000 rw-p 06650000 fe:00 12 /app/bun', 8),
      block('7f0000000000-7f0000001000 r-xp 00000000 fe:00 13 /lib/libc.so.6', 0),
      block('7f0000002000-7f0000003000 rw-p 00000000 00:00 0', 4),
    ].join('')
    expect(readOnlyMappings(smaps, '/app/bun')).toEqual([
      { start: 0x200000, length: 0x1840000 },
      { start: 0x1a40000, length: 0x4e10000 },
    ])
  })

  test('leaves alone what was written to, as the linker does', () => {
    expect(readOnlyMappings(block('00200000-01a40000 r--p 00000000 fe:00 12 /app/bun', 4), '/app/bun')).toEqual([])
  })

  test('a path with spaces; nothing to see', () => {
    const smaps = block('00200000-00201000 r-xp 00000000 fe:00 12 /my apps/bun (x)', 0)
    expect(readOnlyMappings(smaps, '/my apps/bun (x)')).toEqual([{ start: 0x200000, length: 0x1000 }])
    expect(readOnlyMappings('', '/app/bun')).toEqual([])
  })
})
