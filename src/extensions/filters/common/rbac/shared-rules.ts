/** Rules that permissions and principals share. */
import type { Reader } from '../../../../api/config.ts'
import type { Address } from '../../../../api/network.ts'
import type { Route } from '../../../../api/route.ts'
import { readCidrRange } from '../../../../config/cidr-range.ts'
import { readHeaderMatcher } from '../../../../config/matchers/header-matcher.ts'
import { readMetadataMatcher } from '../../../../config/matchers/metadata-matcher.ts'
import { readStringMatcher } from '../../../../config/matchers/string-matcher.ts'
import { withoutQuery } from '../../../../router/request-view.ts'
import type { LastAddress } from './last-address.ts'
import type { RbacRule, RbacSubject } from './rbac-subject.ts'

/** What the filter around the rules allows them. */
export interface RbacRuleOptions {
  /** A network filter has no request, and its rules none about headers. */
  readonly ofConnections: boolean
  /** Of the rules that are read together. */
  readonly lastAddress: LastAddress
}

/** How the fields of the two messages differ. */
export interface RuleSyntax {
  /** Of a list of rules. */
  readonly listField: 'rules' | 'ids'
  /** A rule below another one. */
  readonly read: (reader: Reader) => RbacRule
}

/** The rule in `field` if it is of a kind that both have. */
export function readSharedRule(
  reader: Reader,
  field: string | undefined,
  { listField, read }: RuleSyntax,
  options: RbacRuleOptions,
): RbacRule | undefined {
  const readList = (list: Reader): readonly RbacRule[] => list.messages(listField, read)
  switch (field) {
    case 'and_rules':
    case 'and_ids':
      return allOf(reader.message(field, readList) ?? [])
    case 'or_rules':
    case 'or_ids':
      return anyOf(reader.message(field, readList) ?? [])
    case 'not_rule':
    case 'not_id':
      return not(reader.message(field, read) ?? NEVER)
    case 'any':
      reader.bool(field, true)
      return ALWAYS
    case 'header':
      return headerRule(reader, options)
    case 'url_path':
      return pathRule(reader)
    case 'metadata':
      return metadataRule(reader)
    case 'sourced_metadata':
      return sourcedMetadataRule(reader)
    default:
      return undefined
  }
}

export const NEVER: RbacRule = () => false
const ALWAYS: RbacRule = () => true

function allOf(rules: readonly RbacRule[]): RbacRule {
  return (subject) => {
    for (let i = 0; i < rules.length; i++) if (!rules[i]!(subject)) return false
    return true
  }
}

export function anyOf(rules: readonly RbacRule[]): RbacRule {
  return (subject) => {
    for (let i = 0; i < rules.length; i++) if (rules[i]!(subject)) return true
    return false
  }
}

function not(rule: RbacRule): RbacRule {
  return (subject) => !rule(subject)
}

function headerRule(reader: Reader, { ofConnections }: RbacRuleOptions): RbacRule {
  return (
    reader.message('header', (header) => {
      const matches = readHeaderMatcher(header)
      if (ofConnections) {
        const name = header.string('name')
        header.error(undefined, 'NU184', `Found header(name: "${name}") rule,not supported by RBAC network filter`)
      }
      return ({ request }: RbacSubject) => request !== undefined && matches(request)
    }) ?? NEVER
  )
}

/** envoy.type.matcher.v3.PathMatcher: the path without query and fragment. */
function pathRule(reader: Reader): RbacRule {
  const matches = reader.message('url_path', (url) => url.message('path', readStringMatcher))
  if (matches === undefined) return NEVER
  return ({ request }) => request !== undefined && request.path !== '' && matches(withoutQuery(request.path))
}

export function rangeRule(
  reader: Reader,
  field: string,
  { lastAddress }: RbacRuleOptions,
  addressOf: (subject: RbacSubject) => Address,
): RbacRule {
  const range = reader.message(field, readCidrRange)
  if (range === undefined) return NEVER
  return (subject) => {
    const bits = lastAddress.bitsOf(addressOf(subject))
    return bits !== undefined && range.containsBits(bits)
  }
}

/** The older field, over dynamic metadata. */
function metadataRule(reader: Reader): RbacRule {
  const matches = reader.message('metadata', readMetadataMatcher)
  if (matches === undefined) return NEVER
  return ({ streamInfo }) => matches(streamInfo.dynamicMetadata)
}

function sourcedMetadataRule(reader: Reader): RbacRule {
  return (
    reader.message('sourced_metadata', (sourced) => {
      const matches = sourced.message('metadata_matcher', readMetadataMatcher) ?? (() => false)
      if (sourced.enumeration<'DYNAMIC' | 'ROUTE'>('metadata_source', 'DYNAMIC') === 'ROUTE') {
        return ({ streamInfo: { route } }: RbacSubject) => route !== undefined && matches(metadataOfRoute(route))
      }
      return ({ streamInfo }: RbacSubject) => matches(streamInfo.dynamicMetadata)
    }) ?? NEVER
  )
}

function metadataOfRoute({ metadata }: Route): { get(filter: string): unknown } {
  return {
    get: (filter) => (metadata !== undefined && Object.hasOwn(metadata, filter) ? metadata[filter] : undefined),
  }
}
