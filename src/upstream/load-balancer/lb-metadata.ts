/** What load balancers read of a host's Metadata message. */
import type { Json } from '../../api/config.ts'
import { below } from '../../config/below.ts'

/** The members of `envoy.lb` in a host's Metadata message. */
export function lbMetadata(metadata: unknown): Readonly<Record<string, Json>> | undefined {
  const members = below(metadata as Json | undefined, 'filter_metadata', 'envoy.lb')
  return typeof members === 'object' && members !== null && !Array.isArray(members)
    ? (members as Readonly<Record<string, Json>>)
    : undefined
}
