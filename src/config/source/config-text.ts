/* One configuration text read into a tree, or the finding that says why not. */
import type { ConfigError } from '../../api/config.ts'
import { readYamlByLibrary } from '../yaml/library-yaml.ts'
import type { Marks } from './marks.ts'
import { readJson } from './read-json.ts'
import { SourceText } from './source-text.ts'

export interface ConfigText {
  readonly source: SourceText
  readonly tree: unknown
  readonly problem: ConfigError | undefined
}

export function readConfigText(file: string, text: string, format: 'yaml' | 'json'): ConfigText {
  return format === 'yaml' ? readYamlText(file, text) : readJsonText(file, text)
}

function readYamlText(file: string, text: string): ConfigText {
  const source = new SourceText(file, text, marked)
  const read = readYamlByLibrary(text)
  if (read.ok) return { source, tree: read.tree, problem: undefined }
  const place = source.place(read.problem.offset, read.problem.offset + 1)
  const problem: ConfigError = {
    id: 'NU301',
    severity: 'error',
    path: '',
    message: `YAML: ${read.problem.message}`,
    place,
  }
  return { source, tree: null, problem }
}

function readJsonText(file: string, text: string): ConfigText {
  const source = new SourceText(file, text, marked)
  const read = readJson(text)
  if (read.ok) return { source, tree: read.tree, problem: undefined }
  const place = source.place(0, 1)
  return {
    source,
    tree: null,
    problem: { id: 'NU303', severity: 'error', path: '', message: `JSON: ${read.message}`, place },
  }
}

/** JSON is YAML, as far as places go. */
function marked(text: string, marks: Marks): unknown {
  const read = readYamlByLibrary(text, marks)
  return read.ok ? read.tree : null
}
