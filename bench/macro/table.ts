/** Figures of rounds → ratios inside a round → a table. */

/** figures.get(scenario · metric)?.get(contestant) = one figure a round. */
export class Figures {
  readonly #rounds = new Map<string, Map<string, number[]>>()

  add(row: string, contestant: string, figure: number): void {
    let byName = this.#rounds.get(row)
    if (byName === undefined) this.#rounds.set(row, (byName = new Map<string, number[]>()))
    byName.set(contestant, [...(byName.get(contestant) ?? []), figure])
  }

  /** Markdown: min / median for everybody, then the subject's ratio to each peer: min / median over rounds. */
  table(subject: string, names: readonly string[]): string {
    const peers = names.filter((name) => name !== subject)
    const head = ['scenario', ...names, ...peers.map((peer) => `${subject}/${peer}`)]
    const lines = [head, head.map(() => '---')]
    for (const [row, byName] of this.#rounds) {
      const own = byName.get(subject) ?? []
      const figures = names.map((name) => pair(byName.get(name) ?? []))
      const ratios = peers.map((peer) => {
        const theirs = byName.get(peer) ?? []
        return pair(own.flatMap((figure, round) => (theirs[round] === undefined ? [] : [figure / theirs[round]])))
      })
      lines.push([row, ...figures, ...ratios])
    }
    return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
  }
}

function pair(values: readonly number[]): string {
  if (values.length === 0) return '-'
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
  return `${short(sorted[0] ?? 0)} / ${short(middle)}`
}

function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
