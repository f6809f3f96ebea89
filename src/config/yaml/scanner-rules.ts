/*
 * Where the scanner that Envoy uses (yaml-cpp) is stricter or laxer than the grammar, as observed on Envoy 1.40. What it
 * refuses is found here; what it lets pass is changed to something that means the same, character for character, so that
 * places stay as they are.
 */
import type { Node } from 'yaml'
import { isMap, isScalar, isSeq } from 'yaml'
import type { YamlProblem } from './yaml-problem.ts'

/** Directives at the start need no `---` behind them, and do nothing. */
export function withoutDirectives(text: string): string {
  const start = /^(?:[#%][^\n]*\n|\n)*/.exec(text)?.[0] ?? ''
  return start.includes('%') ? start.replaceAll(/^%/gm, '#') + text.slice(start.length) : text
}

export function directiveProblem(text: string): YamlProblem | undefined {
  const major = /^%YAML +(\d+)/.exec(text)?.[1]
  if (major === undefined) return undefined
  if (Number(major) >= 2) return { message: 'YAML major version too large', offset: 0, isTab: false }
  const second = /^(?:%[^\n]*\n)+?(?=%YAML )/.exec(text)?.[0].length
  return second === undefined ? undefined : { message: 'repeated YAML directive', offset: second, isTab: false }
}

/** `"a"#b`: a comment may begin anywhere behind a token. `!q!str x`: what a tag stands for is never asked. */
export function isHarmless(code: string, message: string): boolean {
  if (code === 'TAG_RESOLVE_FAILED') return message.startsWith('Could not resolve tag')
  return code === 'MISSING_CHAR' && message.startsWith('Comments must be separated')
}

/** More brackets than closing ones, far beyond what is taken; a parser that calls itself would work long to find out. */
export function tooManyBrackets(text: string): number | undefined {
  let open = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x5b || code === 0x7b) {
      if (++open > MOST_BRACKETS) return at
    } else if (code === 0x5d || code === 0x7d) open--
  }
  const dashes = /(?:- ){500}/.exec(text)
  return dashes === null ? undefined : dashes.index + dashes[0].length
}

const MOST_BRACKETS = 1000

/** `\ud83d\ude00`: a text in quotes holds characters, not the halves of UTF-16. */
export function halfCharacter(text: string, node: Node): number | undefined {
  if (!isScalar(node) || node.type !== 'QUOTE_DOUBLE' || !node.range) return undefined
  const [start, end] = node.range
  const raw = text.slice(start, end)
  const half = /^(?:[^\\]|\\.)*?(\\[uU](?:0000)?[dD][89a-fA-F][\da-fA-F]{2})/s.exec(raw)
  return half === null ? undefined : start + half[0].length - half[1]!.length
}

/**
 * A plain text in a block goes on in the next lines as long as they are indented; a tab where that is looked for is an error,
 * be it in an empty line. `inside`: the column of the innermost block collection.
 */
export function tabAfterPlain(text: string, node: Node, inside: number): number | undefined {
  if (!isScalar(node) || node.type !== 'PLAIN' || !node.range || node.range[0] === node.range[1]) return undefined
  let at = blanksEnd(text, node.range[1])
  while (text[at] === '\n') {
    const lineStart = at + 1
    const indent = spacesEnd(text, lineStart)
    if (text[indent] === '\t' && indent - lineStart <= inside) return indent
    at = blanksEnd(text, indent)
  }
  return undefined
}

/** Of a collection in block style; undefined for one in brackets. */
export function blockColumn(text: string, node: Node): number | undefined {
  if (!(isMap<Node>(node) || isSeq(node)) || node.flow === true || !node.range) return undefined
  const first = isMap<Node>(node) ? (node.items[0]?.key.range?.[0] ?? node.range[0]) : node.range[0]
  return first - (text.lastIndexOf('\n', first - 1) + 1)
}

function spacesEnd(text: string, from: number): number {
  let at = from
  while (text[at] === ' ') at++
  return at
}

function blanksEnd(text: string, from: number): number {
  let at = from
  while (text[at] === ' ' || text[at] === '\t') at++
  return at
}
