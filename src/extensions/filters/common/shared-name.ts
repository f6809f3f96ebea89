/**
 * What all threads know a configured thing by: where in its configuration it stands, and what it says. An update that
 * leaves both as they are keeps the thing's state.
 */
import type { PathSegment, Reader } from '../../../api/config.ts'
import type { SharedStates } from '../../../api/shared-states.ts'

export interface SharedName {
  readonly text: string
  /** Of a route table that comes by itself (RDS): every listener that uses the table means the same thing. */
  readonly ofRouteTable: boolean
}

export function sharedNameOf(reader: Reader): SharedName {
  const { path } = reader
  const place = path.map(segmentText).join('.')
  const saying = Bun.hash(JSON.stringify(reader.json)).toString(36)
  const root = path.find((segment) => typeof segment === 'string')
  return { text: `${reader.type} ${place} ${saying}`, ofRouteTable: !ROOTS.includes(String(root)) && path.length > 0 }
}

/** Fields of a listener, and of a bootstrap that holds it. */
const ROOTS: readonly string[] = ['filter_chains', 'default_filter_chain', 'listener_filters', 'static_resources']

/** The states of the thing. `shared`: the listener's. `table`: the name of the route table where it may be one. */
export function statesOf(shared: SharedStates, { text, ofRouteTable }: SharedName, table?: string): SharedStates {
  if (ofRouteTable && table !== undefined) return shared.process.within(`routes ${table}`).within(text)
  return shared.within(text)
}

function segmentText(segment: PathSegment): string {
  if (typeof segment !== 'object') return String(segment)
  return 'key' in segment ? `[${String(segment.key)}]` : 'any'
}
