/* The files of src/ as the architecture test looks at them: room, imports, text without comments and strings. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface Import {
  readonly line: number
  readonly specifier: string
  /** Erased before the program runs. */
  readonly typeOnly: boolean
}

export interface Source {
  /** From src/, with slashes. */
  readonly path: string
  readonly room: string
  readonly text: string
  /** The text with comments and the insides of strings blanked, same line numbers. */
  readonly code: string
  readonly imports: readonly Import[]
  readonly isTest: boolean
}

const IMPORT =
  /^(import|export)\s+(type\s+)?(?:([\w*${}\s,]*?)\s*from\s*)?(['"])([^'"\n]+)\4|\bimport\(\s*(['"])([^'"\n]+)\6\s*\)/gm

/** The lines whose code, without comments and strings, matches. */
export function matchingLines(source: Source, pattern: RegExp): string[] {
  const lines = source.text.split('\n')
  return source.code
    .split('\n')
    .flatMap((line, index) => (pattern.test(line) ? [`${source.path}:${index + 1}: ${lines[index]!.trim()}`] : []))
}

/** Path from src/ of a relative import; undefined for packages and built-in modules. */
export function importTarget(source: Source, item: Import): string | undefined {
  if (!item.specifier.startsWith('.')) return undefined
  return join(dirname(source.path), item.specifier).replaceAll('\\', '/')
}

export function roomOf(path: string): string {
  return path.slice(0, Math.max(0, path.indexOf('/')))
}

export function readSources(folder: string): Source[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => makeSource(path.replaceAll('\\', '/'), readFileSync(join(folder, path), 'utf8')))
}

export function makeSource(path: string, text: string): Source {
  const isTest = path.endsWith('.test.ts')
  const withoutComments = blankComments(text)
  return {
    path,
    room: roomOf(path),
    text,
    code: blankStrings(withoutComments),
    imports: readImports(withoutComments),
    isTest,
  }
}

function readImports(text: string): Import[] {
  const imports: Import[] = []
  for (const match of text.matchAll(IMPORT)) {
    const specifier = match[5] ?? match[7]!
    const line = text.slice(0, match.index).split('\n').length
    imports.push({ line, specifier, typeOnly: match[1] === undefined ? isTypeQuery(text, match) : erased(match) })
  }
  return imports
}

/** `import type …`, or a list in which every name is marked. (verbatimModuleSyntax keeps the latter as a bare import.) */
function erased(match: RegExpMatchArray): boolean {
  if (match[2] !== undefined) return true
  const names =
    /\{([^}]*)\}/
      .exec(match[3] ?? '')?.[1]
      ?.split(',')
      .filter((name) => name.trim() !== '') ?? []
  return names.length > 0 && names.every((name) => /^\s*type\s/.test(name))
}

/** `import('x').Y` in a type, as opposed to an awaited import. */
function isTypeQuery(text: string, match: RegExpMatchArray): boolean {
  const after = text.slice(match.index! + match[0].length)
  return /^\.[A-Z]/.test(after) && !/\bawait\s*\(?$/.test(text.slice(0, match.index))
}

/** Length and line breaks stay, so that places do too. Knows strings, templates and comments; no regex literals. */
function blankComments(text: string): string {
  return text.replace(
    /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (found) => (found.startsWith('/') ? found.replace(/[^\n]/g, ' ') : found),
  )
}

function blankStrings(text: string): string {
  return text.replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g, (found) => {
    // What a template computes is code.
    if (found.startsWith('`') && found.includes('${')) return found
    return found[0] + found.slice(1, -1).replace(/[^\n]/g, ' ') + found[0]
  })
}
