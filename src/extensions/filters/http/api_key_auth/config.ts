/** envoy.extensions.filters.http.api_key_auth.v3.ApiKeyAuth and ApiKeyAuthPerRoute, parsed. */
import type { Reader } from '../../../../api/config.ts'
import type { KeySource } from './key-source.ts'
import { cookieSource, headerSource, querySource } from './key-source.ts'

export interface ApiKeyAuthConfig {
  /** Clients by their keys (wire text); undefined where none are configured. */
  readonly credentials: ReadonlyMap<string, string> | undefined
  /** Looked at in order; undefined where none are configured. */
  readonly keySources: readonly KeySource[] | undefined
  readonly forwarding: Forwarding | undefined
}

export interface Forwarding {
  /** For the client's name; lower case, '' for none. */
  readonly header: string
  readonly hidesCredentials: boolean
}

export interface ApiKeyAuthPerRoute extends ApiKeyAuthConfig {
  /** Empty: all. */
  readonly allowedClients: ReadonlySet<string>
}

export function parseApiKeyAuth(reader: Reader): ApiKeyAuthConfig {
  return {
    credentials: readCredentials(reader),
    keySources: whereAny(reader.messages('key_sources', readKeySource)),
    forwarding: reader.message('forwarding', (inner) => ({
      header: inner.string('header').toLowerCase(),
      hidesCredentials: inner.bool('hide_credentials', false),
    })),
  }
}

export function parseApiKeyAuthPerRoute(reader: Reader): ApiKeyAuthPerRoute {
  return { ...parseApiKeyAuth(reader), allowedClients: new Set(reader.strings('allowed_clients').map(wireText)) }
}

function readCredentials(reader: Reader): ReadonlyMap<string, string> | undefined {
  const credentials = new Map<string, string>()
  reader.messages('credentials', (each) => {
    const key = wireText(each.string('key'))
    if (credentials.has(key)) each.error('key', 'NU108', `Duplicated credential key: '${each.string('key')}'`)
    credentials.set(key, wireText(each.string('client')))
  })
  return credentials.size === 0 ? undefined : credentials
}

/** Of several the first kind counts. */
function readKeySource(reader: Reader): KeySource {
  const header = reader.string('header').toLowerCase()
  const query = wireText(reader.string('query'))
  const cookie = reader.string('cookie')
  if (header !== '') return headerSource(header)
  if (query !== '') return querySource(query)
  if (cookie === '') reader.error(undefined, 'NU108', "One of 'header'/'query'/'cookie' must be set.")
  return cookieSource(cookie)
}

function whereAny<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list
}

function wireText(text: string): string {
  return Buffer.from(text).latin1Slice()
}
