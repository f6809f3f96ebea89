/**
 * The tests of Envoy's router check tool (envoy.RouterCheckToolSchema.Validation): requests, and what a route table must
 * make of each. Every member is optional but for those that name the request; one that is not known is an error, as a
 * misspelt expectation would hold for everything.
 */
import type { Message } from '../../api/config.ts'
import { didYouMean } from '../../config/decode/suggest.ts'
import { readConfigText } from '../../config/source/config-text.ts'

export interface HeaderLine {
  readonly key: string
  readonly value: string
}

/** Known to the request before it is routed. Of one namespace the first counts, unless a later one may overwrite. */
export interface GoldenMetadata {
  readonly metadata_namespace: string
  readonly value?: Readonly<Record<string, unknown>>
  readonly allow_overwrite?: boolean
}

export interface GoldenInput {
  readonly authority: string
  readonly path: string
  readonly method?: string
  readonly ssl?: boolean
  readonly internal?: boolean
  readonly random_value?: number | string
  readonly additional_request_headers?: readonly HeaderLine[]
  readonly additional_response_headers?: readonly HeaderLine[]
  readonly runtime?: string
  readonly dynamic_metadata?: readonly GoldenMetadata[]
}

export interface GoldenExpectation {
  readonly cluster_name?: string
  readonly virtual_cluster_name?: string
  readonly virtual_host_name?: string
  readonly host_rewrite?: string
  readonly path_rewrite?: string
  readonly path_redirect?: string
  readonly code_redirect?: number
  /** envoy.config.route.v3.HeaderMatcher */
  readonly request_header_matches?: readonly Message[]
  readonly response_header_matches?: readonly Message[]
  readonly request_header_fields?: readonly HeaderLine[]
  readonly response_header_fields?: readonly HeaderLine[]
}

export interface GoldenTest {
  readonly test_name: string
  readonly input: GoldenInput
  readonly validate: GoldenExpectation
}

export type GoldenTests =
  | { readonly ok: true; readonly tests: readonly GoldenTest[] }
  | { readonly ok: false; readonly message: string }

type Kind = 'text' | 'flag' | 'number' | 'object' | 'headers' | 'objects'
type Members<T> = { readonly [K in keyof T]-?: Kind }

const TEST: Members<GoldenTest> = { test_name: 'text', input: 'object', validate: 'object' }
const INPUT: Members<GoldenInput> = {
  authority: 'text',
  path: 'text',
  method: 'text',
  ssl: 'flag',
  internal: 'flag',
  random_value: 'number',
  additional_request_headers: 'headers',
  additional_response_headers: 'headers',
  runtime: 'text',
  dynamic_metadata: 'objects',
}
const METADATA: Members<GoldenMetadata> = { metadata_namespace: 'text', value: 'object', allow_overwrite: 'flag' }
const EXPECTATION: Members<GoldenExpectation> = {
  cluster_name: 'text',
  virtual_cluster_name: 'text',
  virtual_host_name: 'text',
  host_rewrite: 'text',
  path_rewrite: 'text',
  path_redirect: 'text',
  code_redirect: 'number',
  request_header_matches: 'objects',
  response_header_matches: 'objects',
  request_header_fields: 'headers',
  response_header_fields: 'headers',
}

/** JSON with comments, or YAML. */
export function readGoldenTests(file: string, text: string): GoldenTests {
  const format = file.endsWith('.yaml') || file.endsWith('.yml') ? 'yaml' : 'json'
  const { tree, problem } = readConfigText(file, text, format, '')
  if (problem !== undefined) return { ok: false, message: problem.message }
  try {
    return { ok: true, tests: readTests(tree) }
  } catch (error) {
    if (!(error instanceof GoldenError)) throw error
    return { ok: false, message: `${file}: ${error.message}` }
  }
}

class GoldenError extends Error {}

function readTests(tree: unknown): readonly GoldenTest[] {
  const tests = isObject(tree) ? tree['tests'] : undefined
  if (!Array.isArray(tests) || tests.length === 0) throw new GoldenError('no list "tests"')
  return tests.map((test: unknown, index): GoldenTest => {
    const name = isObject(test) ? (test['test_name'] ?? test['testName']) : undefined
    return readTest(test, typeof name === 'string' && name !== '' ? `test "${name}"` : `test ${index}`)
  })
}

function readTest(tree: unknown, where: string): GoldenTest {
  const { test_name = '', input, validate = {} } = readMembers<GoldenTest>(tree, TEST, where)
  const { authority, path, ...more } = readMembers<GoldenInput>(input, INPUT, `${where}: input`)
  if (!authority || !path) throw new GoldenError(`${where}: a request has input.authority and input.path`)
  const dynamic_metadata = (more.dynamic_metadata ?? []).map((each): GoldenMetadata => {
    const read = readMembers<GoldenMetadata>(each, METADATA, `${where}: input.dynamic_metadata`)
    return { ...read, metadata_namespace: read.metadata_namespace ?? '' }
  })
  return {
    test_name,
    input: { ...more, authority, path, dynamic_metadata },
    validate: readMembers<GoldenExpectation>(validate, EXPECTATION, `${where}: validate`),
  }
}

/** Members are also known by their JSON names (`testName`), as those of any protobuf message. null is absence. */
function readMembers<T>(tree: unknown, members: Members<T>, where: string): Partial<T> {
  if (!isObject(tree)) throw new GoldenError(`${where}: not an object`)
  const kinds: Readonly<Record<string, Kind>> = members
  const out: Record<string, unknown> = {}
  for (const [given, value] of Object.entries(tree)) {
    const name = given.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined
    if (kind === undefined) {
      const hint = didYouMean(name, Object.keys(kinds))
      throw new GoldenError(`${where}: unknown member "${given}"${hint === undefined ? '' : `; ${hint}`}`)
    }
    if (value === null) continue
    if (!isOf(kind, value)) throw new GoldenError(`${where}: ${given} is no ${WORDS[kind]}`)
    out[name] = kind === 'number' ? Number(value) : value
  }
  // Each member was checked to be of its kind.
  return out as Partial<T>
}

const WORDS: Readonly<Record<Kind, string>> = {
  text: 'text',
  flag: 'boolean',
  number: 'number',
  object: 'object',
  headers: 'list of {key, value}',
  objects: 'list of objects',
}

function isOf(kind: Kind, value: unknown): boolean {
  switch (kind) {
    case 'text':
      return typeof value === 'string'
    case 'flag':
      return typeof value === 'boolean'
    case 'number':
      return (typeof value === 'number' || typeof value === 'string') && /^\d+$/.test(String(value))
    case 'object':
      return isObject(value)
    case 'headers':
      return Array.isArray(value) && value.every((each) => isHeader(each))
    case 'objects':
      return Array.isArray(value) && value.every(isObject)
  }
}

function isHeader(value: unknown): boolean {
  return isObject(value) && typeof value['key'] === 'string' && typeof value['value'] === 'string'
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
