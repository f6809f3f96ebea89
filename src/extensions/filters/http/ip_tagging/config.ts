/** envoy.extensions.filters.http.ip_tagging.v3.IPTagging, parsed. */
import type { Reader } from '../../../../api/config.ts'
import { readCidrRange } from '../../../../config/cidr-range.ts'
import type { TaggedRange } from './tag-table.ts'
import { TagTable } from './tag-table.ts'
import { readTagsFile } from './tags-file.ts'

export interface IpTaggingConfig {
  readonly requestType: 'BOTH' | 'INTERNAL' | 'EXTERNAL'
  readonly tags: TagTable
  /** Where tags go; undefined: behind what is in x-envoy-ip-tags. */
  readonly header: TagHeader | undefined
}

export interface TagHeader {
  readonly name: string
  /** SANITIZE: what the client sent is dropped. */
  readonly action: 'SANITIZE' | 'APPEND_IF_EXISTS_OR_ADD'
}

export function parseIpTagging(reader: Reader): IpTaggingConfig {
  if (!reader.has('ip_tags') && !reader.has('ip_tags_datasource')) {
    const message = 'HTTP IP Tagging Filter requires either ip_tags or ip_tags_datasource to be specified.'
    reader.error(undefined, 'NU177', message)
  }
  if (reader.has('ip_tags') && reader.has('ip_tags_datasource')) {
    reader.error('ip_tags', 'NU177', 'Only one of ip_tags or ip_tags_datasource can be configured.')
  }
  const fromFile = reader.message('ip_tags_datasource', (source) => readTagsFile(source, readRanges))
  const ownRanges = readRanges(reader)
  return {
    requestType: reader.enumeration('request_type', 'BOTH'),
    tags: new TagTable(fromFile ?? ownRanges),
    header: reader.message('ip_tag_header', (header) => ({
      name: header.string('header').toLowerCase(),
      action: header.enumeration<TagHeader['action']>('action', 'SANITIZE'),
    })),
  }
}

/** Of IPTagging or IPTags. */
function readRanges(reader: Reader): readonly TaggedRange[] {
  const ofTags = reader.messages('ip_tags', (entry) => {
    const tag = entry.string('ip_tag_name')
    return entry.messages('ip_list', readCidrRange).map((range) => ({ range, tag }))
  })
  return ofTags.flat()
}
