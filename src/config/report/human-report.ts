/* Findings for a person: what, where, the lines themselves, and what was probably meant. */
import type { ConfigError, ConfigPlace, SourceMap } from '../../api/config.ts'
import type { Findings, ReportSettings } from './findings.ts'
import { byPlace, countFindings, reportCap } from './findings.ts'

interface Style {
  error(text: string): string
  warning(text: string): string
  dim(text: string): string
  hint(text: string): string
}

/** Ends with a line feed. Empty without findings. */
export function humanReport(findings: Findings, settings: ReportSettings): string {
  const all = byPlace(findings)
  if (all.length === 0) return ''
  const style = settings.colour ? ansi : plain
  const blocks = all.slice(0, reportCap).map((finding) => block(finding, settings.sourceMap, style))
  if (all.length > reportCap) blocks.push(`… and ${all.length - reportCap} more`)
  const time = settings.elapsedMs === undefined ? '' : ` in ${Math.round(settings.elapsedMs)} ms`
  const explain = findings.errors[0]?.id ?? findings.warnings[0]?.id ?? ''
  blocks.push(`${countFindings(findings)}${time}      ${style.dim(`nuncio explain ${explain}`)}`)
  return `${blocks.join('\n')}\n`
}

function block(finding: ConfigError, sourceMap: SourceMap | undefined, style: Style): string {
  const { id, severity, message, path, place } = finding
  const head = `${style[severity](`${severity}[${id}]`)} ${message}`
  if (place === undefined) {
    const where = path === '' ? [] : [`  ${style.dim(`at ${path}`)}`]
    return [head, ...where, ...aside(finding).map((text) => `  ${style.hint(text)}`)].join('\n')
  }
  const lines = sourceMap?.lines(place.file)
  const own = lines?.[place.line - 1]
  const rest = lines === undefined || own === undefined ? [] : excerpt(finding, place, lines, style)
  const said = rest.length > 0 ? [] : aside(finding).map((text) => `  ${style.hint(text)}`)
  return [head, `  ${printPlace(place)}${path === '' ? '' : `  ${style.dim(path)}`}`, ...rest, ...said].join('\n')
}

/** `envoy.yaml:33:23`. */
export function printPlace(place: ConfigPlace): string {
  return `${place.file}:${place.line}:${place.column}`
}

/** What is said beside the carets. */
function aside({ hint, related, place }: ConfigError): string[] {
  if (related === undefined) return hint === undefined ? [] : [hint]
  const file = place?.file === related.place.file ? '' : ` of ${related.place.file}`
  const where = `${related.label} line ${related.place.line}${file}`
  return [hint, where].filter((text) => text !== undefined)
}

/** A syntax error is seldom understood from its own line alone. */
function linesBefore(id: string): number {
  return id === 'NU301' || id === 'NU302' || id === 'NU303' ? 2 : 1
}

const widest = 160

function excerpt(finding: ConfigError, place: ConfigPlace, lines: readonly string[], style: Style): string[] {
  const first = Math.max(1, place.line - linesBefore(finding.id))
  const width = String(place.line).length + 2
  const out: string[] = []
  // A long line is shown from a little before the place on.
  const cut = place.column > widest - 40 ? place.column - 40 : 0
  for (let number = first; number <= place.line; number++) {
    const text = (lines[number - 1] ?? '').slice(cut, cut + widest).replaceAll('\t', '→')
    if (number < place.line && text.trim() === '') continue
    out.push(`${style.dim(`${String(number).padStart(width)} |`)} ${text}`)
  }
  const pad = ' '.repeat(Math.max(0, place.column - 1 - cut))
  const carets = '^'.repeat(Math.max(1, Math.min(place.length, widest - pad.length)))
  const notes = aside(finding)
  const gutter = style.dim(`${' '.repeat(width)} |`)
  out.push(
    `${gutter} ${pad}${style[finding.severity](carets)}${notes[0] === undefined ? '' : ` ${style.hint(notes[0])}`}`,
  )
  for (const note of notes.slice(1)) out.push(`${gutter} ${pad}${style.hint(note)}`)
  return out
}

const plain: Style = { error: same, warning: same, dim: same, hint: same }

function same(text: string): string {
  return text
}

const ansi: Style = {
  error: (text) => `\x1b[1;31m${text}\x1b[0m`,
  warning: (text) => `\x1b[1;33m${text}\x1b[0m`,
  dim: (text) => `\x1b[2m${text}\x1b[0m`,
  hint: (text) => `\x1b[36m${text}\x1b[0m`,
}
