/* Near-miss suggestions: the nearest legal word by edit distance, if it is near enough to be meant. */

/** Undefined if nothing is near. Ties go to the first candidate. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const folded = fold(word)
  let limit = Math.max(1, Math.floor(folded.length / 3)) + 1
  let best: string | undefined
  for (const candidate of candidates) {
    const distance = editDistance(folded, fold(candidate), limit)
    if (distance < limit) {
      limit = distance
      best = candidate
    }
  }
  return best
}

/** `did you mean "x"?`, or undefined. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const found = nearest(word, candidates)
  return found === undefined ? undefined : `did you mean "${found}"?`
}

function fold(word: string): string {
  return word.toLowerCase().replaceAll(/[-_]/g, '')
}

/** Optimal string alignment (a swap of neighbours is one edit); gives up at `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    let smallest = i
    for (let j = 1; j <= b.length; j++) {
      const cost = a.charCodeAt(i - 1) === b.charCodeAt(j - 1) ? 0 : 1
      let distance = Math.min((row[j - 1] ?? 0) + 1, (previous[j] ?? 0) + 1, (previous[j - 1] ?? 0) + cost)
      if (cost === 1 && swapped(a, b, i, j)) distance = Math.min(distance, (before[j - 2] ?? 0) + 1)
      row.push(distance)
      if (distance < smallest) smallest = distance
    }
    if (smallest >= limit) return limit
    before = previous
    previous = row
  }
  return previous[b.length] ?? limit
}

function swapped(a: string, b: string, i: number, j: number): boolean {
  return i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
}
