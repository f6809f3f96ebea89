/* `nuncio explain NU101`. */
import { catalogue } from './catalogue.ts'

/** Undefined when there is no such finding. */
export function explainFinding(id: string): string | undefined {
  const wanted = id.toUpperCase()
  const entry = catalogue.find((each) => each.id === wanted)
  if (entry === undefined) return undefined
  const lines = [`${entry.id}  ${entry.title}`, '', entry.text]
  if (entry.wrong !== undefined) lines.push('', 'wrong:', indent(entry.wrong))
  if (entry.right !== undefined) lines.push('', 'right:', indent(entry.right))
  return `${lines.join('\n')}\n`
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')
}
