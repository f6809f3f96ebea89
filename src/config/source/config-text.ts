/* One configuration text read into a tree, or the finding that says why not. */
import type { ConfigError } from '../../api/config.ts'
import { TextProblem } from '../proto/text-tokens.ts'
import { textTree } from '../proto/text-tree.ts'
import { envoySchema } from '../schema/envoy-schema.ts'
import { readYaml } from '../yaml/read-yaml.ts'
import { deepest, readLenientJson } from './json-reader.ts'
import type { Marks } from './marks.ts'
import { isDeeper, readJson } from './read-json.ts'
import { SourceText } from './source-text.ts'
import type { TextFormat } from './text-format.ts'

export interface ConfigText {
  readonly source: SourceText
  readonly tree: unknown
  readonly problem: ConfigError | undefined
  /** What the text has that its tree does not show. */
  readonly duplicates: number
  /** Of a field that is said again each value counts, not the last one alone. */
  readonly joinsDuplicates: boolean
  readonly hasSecondDocument: boolean
  readonly mergeKeys: number
}

export type TextualFormat = Exclude<TextFormat, 'pb'>

/** `typeName` is needed for the text format of protobuf, which means nothing without it. */
export function readConfigText(file: string, text: string, format: TextualFormat, typeName: string): ConfigText {
  switch (format) {
    case 'yaml':
      return readYamlText(file, text)
    case 'json':
      return readJsonText(file, text)
    case 'pb_text':
      return readProtoText(file, text, typeName)
  }
}

function readYamlText(file: string, text: string): ConfigText {
  // Line ends mean the same to YAML, and the fast reader knows one kind. Lines and columns stay as they are.
  const normal = text.includes('\r') ? text.replaceAll('\r\n', '\n').replaceAll('\r', '\n') : text
  const source = new SourceText(file, normal, markedYaml)
  const read = readYaml(normal)
  if (read.ok) {
    if (!isDeeper(read.tree, deepest)) return { source, problem: undefined, joinsDuplicates: false, ...read }
    return broken(
      source,
      'NU301',
      'JSON content was too deeply nested',
      deepPlace(source),
      `${deepest} levels are the most`,
    )
  }
  const { message, offset, isTab } = read.problem
  return isTab
    ? broken(source, 'NU302', 'tab used for indentation', offset, 'indent with blanks')
    : broken(source, 'NU301', `YAML: ${message}`, pastBlanks(normal, offset), hintForYaml(message))
}

function readJsonText(file: string, text: string): ConfigText {
  const source = new SourceText(file, text, (whole, marks) => readLenientJson(whole, marks))
  const read = readJson(text)
  if (read.ok)
    return { source, ...clean, tree: read.tree, duplicates: read.duplicates, joinsDuplicates: true, problem: undefined }
  return broken(source, 'NU303', `invalid JSON: ${read.message}`, read.offset, hintForOther(file, text))
}

function readProtoText(file: string, text: string, typeName: string): ConfigText {
  const source = new SourceText(file, text, (whole, marks) => textTree(envoySchema, typeName, whole, marks))
  try {
    return { source, ...clean, tree: textTree(envoySchema, typeName, text), problem: undefined }
  } catch (problem) {
    if (!(problem instanceof TextProblem)) throw problem
    const message = `Unable to parse file "${file}" as a text protobuf (type ${typeName}): ${problem.message}`
    return broken(source, 'NU305', message, problem.offset)
  }
}

/** Of the first map or list that is too deep in others. */
function deepPlace(source: SourceText): number {
  let level = 0
  let offset = 0
  let at = source.tree()
  while (typeof at === 'object' && at !== null && level < deepest) {
    const key = Object.keys(at).find((name) => isDeeper((at as Tree)[name], deepest - level - 1))
    if (key === undefined) return offset
    const mark = source
      .marks()
      .containers.get(at)
      ?.get(Array.isArray(at) ? Number(key) : key)
    offset = mark?.valueStart ?? offset
    at = (at as Tree)[key]
    level++
  }
  return offset
}

interface Tree {
  readonly [key: string]: unknown
}

const clean = { duplicates: 0, joinsDuplicates: false, hasSecondDocument: false, mergeKeys: 0 }

function broken(source: SourceText, id: string, message: string, offset: number, hint?: string): ConfigText {
  const place = source.place(offset, offset + 1)
  const problem: ConfigError = {
    id,
    severity: 'error',
    path: '',
    message,
    place,
    ...(hint === undefined ? {} : { hint }),
  }
  return { source, ...clean, tree: null, problem }
}

/** The library points at the start of a line where its first word is meant. */
function pastBlanks(text: string, offset: number): number {
  let at = offset
  while (text[at] === ' ') at++
  return at
}

/** The library speaks of its grammar; people think of what they typed. */
function hintForYaml(message: string): string | undefined {
  if (
    /same column|without - indicator|sufficiently indented|not allowed in same/i.test(message) &&
    !/end with a/.test(message)
  )
    return 'the indentation does not line up'
  if (/Alias cannot be an empty string/.test(message)) return 'put the asterisk in quotes: "*"'
  if (/Implicit (?:map )?keys? need/i.test(message)) return 'a colon and a blank are missing after a key'
  if (/compact mappings/i.test(message))
    return 'a value with a colon and a blank in it wants quotes; or the indentation does not line up'
  if (message.includes('surrogate')) return 'write the character itself, or \\U and the eight digits of its code point'
  if (message.startsWith('Missing closing'))
    return 'a quote is not closed; or a line of the text in quotes is indented less than its key'
  return /end with a ([}\]])/.exec(message)?.[1] === undefined ? undefined : 'a closing bracket is missing'
}

/** Somebody may have meant another format than the one that the name stands for. */
function hintForOther(file: string, text: string): string | undefined {
  if (/^\s*[{[]/.test(text)) return undefined
  const read = readYaml(text)
  if (!read.ok || typeof read.tree !== 'object' || read.tree === null) return undefined
  return `this looks like YAML: only files that end in .yaml or .yml are read as YAML, and ${file} is read as JSON; rename it`
}

function markedYaml(text: string, marks: Marks): unknown {
  const read = readYaml(text, marks)
  return read.ok ? read.tree : null
}
