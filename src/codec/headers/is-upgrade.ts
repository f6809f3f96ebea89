import type { HeaderMap } from '../../api/headers.ts'
import { listHasToken } from '../http1/connection-header.ts'
import { nameSet } from './field-names.ts'

const UPGRADE = nameSet(['upgrade'])

/** Whether `connection: upgrade` stands beside an `upgrade`: in a response, that the request for it was granted. */
export function isUpgrade(headers: HeaderMap): boolean {
  if (!headers.mayHave(UPGRADE) || !headers.has('upgrade')) return false
  const connection = headers.get('connection')
  return connection !== undefined && listHasToken(connection, 'upgrade')
}
