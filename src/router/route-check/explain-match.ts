/** Why a RouteMatch does not hold for a request: each of its criteria alone. */
import type { FieldPath, Json, Message } from '../../api/config.ts'
import type { Runtime } from '../../api/runtime.ts'
import { parseRoot } from '../../config/parse-root.ts'
import { readRouteMatch } from '../route-match.ts'
import type { RequestView } from '../request-view.ts'

const TYPE = 'envoy.config.route.v3.RouteMatch'
const PATHS = ['prefix', 'path', 'safe_regex', 'path_separated_prefix', 'path_match_policy', 'connect_matcher']
const LISTS = ['headers', 'query_parameters', 'dynamic_metadata', 'filter_state', 'cookies']
const SINGLE = ['grpc', 'tls_context', 'runtime_fraction']
/** Holds for every request. */
const ANY_PATH = { prefix: '' }

export interface Mismatch {
  readonly text: string
  /** Below the match. */
  readonly path: FieldPath
}

/** The first criterion that does not hold, in the order in which they are tried; undefined when all do. */
export function explainMismatch(match: Message, request: RequestView, runtime: Runtime): Mismatch | undefined {
  const holds = (part: Message): boolean => {
    const parsed = parseRoot(TYPE, part, {}, (reader) => readRouteMatch(reader))
    return parsed.ok && parsed.value.matches(request, runtime)
  }
  const specifier = PATHS.find((field) => field in match) ?? 'prefix'
  const caseSensitive = 'case_sensitive' in match ? { case_sensitive: match['case_sensitive']! } : {}
  if (!holds({ [specifier]: match[specifier] ?? '', ...caseSensitive })) {
    const text = `${specifier} ${shown(match[specifier])} does not match ${request.path || request.headers.method}`
    return { text, path: [specifier] }
  }
  for (const field of SINGLE) {
    if (field in match && !holds({ ...ANY_PATH, [field]: match[field]! })) {
      return { text: `${field} ${shown(match[field])} does not hold`, path: [field] }
    }
  }
  for (const field of LISTS) {
    const items = match[field]
    if (!Array.isArray(items)) continue
    const index = items.findIndex((item: Json) => !holds({ ...ANY_PATH, [field]: [item] }))
    if (index >= 0) return { text: itemText(field, items[index] as Message, request), path: [field, index] }
  }
  return undefined
}

function itemText(field: string, item: Message, request: RequestView): string {
  const { name, ...rest } = item
  if (typeof name !== 'string') return `${field} ${shown(item)} does not hold`
  const rule = Object.keys(rest).length === 0 ? 'must be there' : shown(rest)
  return `${field} "${name}" ${rule}: the request has ${found(field, name, request)}`
}

function found(field: string, name: string, request: RequestView): string {
  const value =
    field === 'headers'
      ? request.headers.getAll(name.toLowerCase()).join(', ') || request.headers.get(name.toLowerCase())
      : field === 'query_parameters'
        ? request.query.get(name)
        : undefined
  if (value !== undefined) return `"${value}"`
  return field === 'cookies' ? `cookie ${shown(request.headers.get('cookie') ?? null)}` : 'none'
}

function shown(value: Json | undefined): string {
  return JSON.stringify(value ?? null)
}
