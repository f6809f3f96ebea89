/** The names that a response says it varies by: of all lines, in alphabetical order, each once. */
export function varyNames(lines: readonly string[]): readonly string[] {
  const names = lines.flatMap((line) => line.split(',')).map((name) => name.trim())
  return [...new Set(names.filter((name) => name !== ''))].sort()
}
