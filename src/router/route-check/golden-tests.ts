/**
 * The tests of Envoy's router check tool (envoy.RouterCheckToolSchema.Validation): requests, and what a route table must
 * make of each. Every member is optional but for those that name the request.
 */
import type { Json, Message } from '../../api/config.ts'
import { readConfigText } from '../../config/source/config-text.ts'

export interface HeaderLine {
  readonly key: string
  readonly value: string
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

/** JSON with comments, or YAML. */
export function readGoldenTests(file: string, text: string): GoldenTests {
  const format = file.endsWith('.yaml') || file.endsWith('.yml') ? 'yaml' : 'json'
  const { tree, problem } = readConfigText(file, text, format, '')
  if (problem !== undefined) return { ok: false, message: problem.message }
  const tests = isObject(tree) ? tree['tests'] : undefined
  if (!Array.isArray(tests)) return { ok: false, message: `${file}: no list "tests"` }
  for (const test of tests as readonly Json[]) {
    const input = isObject(test) ? test['input'] : undefined
    if (isObject(input) && typeof input['authority'] === 'string' && typeof input['path'] === 'string') continue
    return { ok: false, message: `${file}: a test without input.authority and input.path` }
  }
  return { ok: true, tests: tests.map(withDefaults) }
}

function withDefaults(test: GoldenTest): GoldenTest {
  return { test_name: test.test_name ?? '', input: test.input, validate: test.validate ?? {} }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
