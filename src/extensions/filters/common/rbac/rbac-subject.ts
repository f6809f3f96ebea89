/** Whom a role-based access control decides about: a request, or a connection as such. */
import type { RequestHeaders } from '../../../../api/headers.ts'
import type { ConnectionInfo } from '../../../../api/network.ts'
import type { MatchingData } from '../../../../config/matchers/tree/match-tree.ts'

export interface RbacSubject extends MatchingData {
  /** The connection's own addresses, whatever x-forwarded-for says. */
  readonly connection: ConnectionInfo
  /** Undefined in a network filter. */
  readonly request: RequestHeaders | undefined
}

/** One permission, principal or policy, compiled. */
export type RbacRule = (subject: RbacSubject) => boolean
