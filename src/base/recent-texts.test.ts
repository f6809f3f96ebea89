import { expect, test } from 'bun:test'
import { RecentTexts } from './recent-texts.ts'

test('texts are what the bytes say, again and again, however many there are and however long', () => {
  const texts = new RecentTexts()
  let state = 3
  const random = (below: number): number => (state = (state * 16807) % 2147483647) % below
  const known = Array.from({ length: 3000 }, () =>
    Array.from({ length: random(70) }, () => String.fromCharCode(random(4) === 0 ? random(256) : 97 + random(2))).join(
      '',
    ),
  )
  for (let i = 0; i < 20_000; i++) {
    const text = known[random(random(2) === 0 ? 20 : known.length)]!
    const bytes = Buffer.from(`<<${text}>>`, 'latin1')
    expect(texts.get(bytes, 2, 2 + text.length)).toBe(text)
  }
})

test('texts with the same hash are told apart', () => {
  const texts = new RecentTexts()
  // 31 * 98 + 66 = 31 * 97 + 97
  for (const text of ['bB', 'aa', 'bB', 'aa']) expect(texts.get(Buffer.from(text), 0, 2)).toBe(text)
})
