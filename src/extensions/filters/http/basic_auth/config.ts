/** envoy.extensions.filters.http.basic_auth.v3.BasicAuth and BasicAuthPerRoute, parsed. */
import type { Reader } from '../../../../api/config.ts'
import { readDataSource } from '../../../../config/data-source.ts'
import type { Users } from './htpasswd.ts'
import { parseHtpasswd } from './htpasswd.ts'

/** What a route may say otherwise. */
export interface BasicAuthPerRoute {
  readonly users: Users
  /** Wire text; '': the URL of the request. */
  readonly realm: string
}

export interface BasicAuthConfig extends BasicAuthPerRoute {
  /** Lower case; '' for none. */
  readonly forwardUsernameHeader: string
  /** Lower case. */
  readonly authenticationHeader: string
  readonly allowMissing: boolean
  readonly emitsMetadata: boolean
}

export function parseBasicAuth(reader: Reader): BasicAuthConfig {
  // A route may have a list without anybody on it, the filter has one with something in it.
  const source = reader.message('users', readDataSource)
  if (source === undefined) {
    reader.error(undefined, 'NU108', 'users must be set: Unexpected DataSource::specifier_case(): 0')
  } else if (source.length === 0) reader.error('users', 'NU108', 'DataSource cannot be empty')
  return {
    ...parseBasicAuthPerRoute(reader),
    forwardUsernameHeader: reader.string('forward_username_header').toLowerCase(),
    authenticationHeader: reader.string('authentication_header').toLowerCase() || 'authorization',
    allowMissing: reader.bool('allow_missing', false),
    emitsMetadata: reader.bool('emit_dynamic_metadata', false),
  }
}

export function parseBasicAuthPerRoute(reader: Reader): BasicAuthPerRoute {
  return {
    users: reader.message('users', readUsers) ?? new Map<string, string>(),
    realm: Buffer.from(reader.string('realm')).latin1Slice(),
  }
}

function readUsers(reader: Reader): Users {
  const users = parseHtpasswd(Buffer.from(readDataSource(reader)).latin1Slice())
  if (typeof users !== 'string') return users
  reader.error(undefined, 'NU108', users)
  return new Map()
}
