/** The first two parts of a stat's name with their dots (`cluster.a.`, `listener.b.`), fewer where it has no more. */
export function groupOf(name: string): string {
  const first = name.indexOf('.')
  const second = name.indexOf('.', first + 1)
  return name.slice(0, (second < 0 ? first : second) + 1)
}
