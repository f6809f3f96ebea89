/** Matcher trees of tests, from YAML; actions are texts (google.protobuf.StringValue). */
import type { MatchingData, MatchTree } from '../../src/config/matchers/tree/match-tree.ts'
import { readMatchTree } from '../../src/config/matchers/tree/read-match-tree.ts'
import { parseMessage } from '../../src/config/parse-message.ts'
import { parseRoot } from '../../src/config/parse-root.ts'
import { createTestScope } from './fake-scope.ts'
import { testRuntime, testStreamInfo } from './route-table.ts'

export interface TreeOptions {
  readonly inputs?: 'http' | 'network'
  readonly type?: string
  readonly keepMatching?: boolean
  readonly runtime?: Readonly<Record<string, unknown>>
}

/** The tree, or what is wrong with it. */
export function tryTree(yaml: string, options: TreeOptions = {}): MatchTree<string> | readonly string[] {
  const type = options.type ?? 'xds.type.matcher.v3.Matcher'
  const message = parseMessage(type, yaml)
  if (!message.ok) return message.errors.map((error) => error.message)
  const parsed = parseRoot(type, message.value, {}, (reader) =>
    readMatchTree(reader, {
      inputs: options.inputs ?? 'http',
      keepMatching: options.keepMatching ?? true,
      readAction: (any) => any.reader.string('value'),
    }),
  )
  if (!parsed.ok) return parsed.errors.map((error) => `${error.path}: ${error.message}`)
  parsed.value.bind({ runtime: testRuntime(options.runtime), scope: createTestScope().scope })
  return parsed.value
}

export function matchTree(yaml: string, options: TreeOptions = {}): MatchTree<string> {
  const made = tryTree(yaml, options)
  if ('match' in made) return made
  throw new Error(made.join('\n'))
}

/** An action for `on_match` and `on_no_match`. */
export function act(text: string): string {
  return `action: {name: a, typed_config: {"@type": type.googleapis.com/google.protobuf.StringValue, value: "${text}"}}`
}

export function input(type: string, fields = ''): string {
  return `input: {name: i, typed_config: {"@type": type.googleapis.com/${type}${fields === '' ? '' : `, ${fields}`}}}`
}

export function headerInput(name: string): string {
  return input('envoy.type.matcher.v3.HttpRequestHeaderMatchInput', `header_name: "${name}"`)
}

/** The action's text, or `no-match` / `insufficient-data`; actions that were passed over stand before it. */
export function outcome(tree: MatchTree<string>, data: Partial<MatchingData>): string {
  const seen: string[] = []
  const result = tree.match({ streamInfo: testStreamInfo(), request: undefined, ...data }, (text) => seen.push(text))
  return [...seen, result.kind === 'match' ? result.action : result.kind].join(' ')
}
