/** /config_dump: what the process was configured with, whole, one kind of resource, or some fields of it. */
import { cardinalities } from '../../config/schema/schema-types.ts'
import { envoySchema } from '../../config/schema/envoy-schema.ts'
import { toWireText } from '../../base/wire-text.ts'
import { compileRegex } from '../../config/matchers/regex.ts'
import type { Json, Message } from '../../api/config.ts'
import type { AdminEndpoint, AdminResponse } from '../admin-endpoint.ts'
import { json } from '../admin-endpoint.ts'
import { trimMessage, trimResource } from '../config-dump/field-mask.ts'
import { redacted } from '../config-dump/redact.ts'
import type { DumpSection, SectionsDeps } from '../config-dump/sections.ts'
import { ANY_PREFIX, dumpSections } from '../config-dump/sections.ts'

export function configDumpEndpoint(deps: SectionsDeps): AdminEndpoint {
  return {
    path: '/config_dump',
    help: 'dump current Envoy configs',
    mutates: false,
    params: [
      { name: 'resource', help: 'The resource to dump' },
      {
        name: 'mask',
        help:
          'The mask to apply. When both resource and mask are specified, the mask is applied to every element in the ' +
          'desired repeated field so that only a subset of fields are returned. The mask is parsed as a ' +
          'Protobuf::FieldMask',
      },
      {
        name: 'name_regex',
        help:
          'Dump only the currently loaded configurations whose names match the specified regex. Can be used with both ' +
          'resource and mask query parameters.',
      },
      {
        name: 'include_eds',
        help: 'Dump currently loaded configuration including EDS. See the response definition for more information',
        flag: true,
      },
    ],
    handle({ params }) {
      const pattern = params.first('name_regex') ?? ''
      const compiled = compileRegex(pattern)
      if (!compiled.ok) {
        const body = `INVALID_ARGUMENT: Error while parsing name_regex from ${pattern}: ${compiled.message}`
        return { status: 400, contentType: 'text/plain', body }
      }
      const named = (name: string): boolean => pattern === '' || compiled.regex.matchesWhole(toWireText(name))
      const sections = dumpSections(deps, params.has('include_eds'), named).map(withoutSecrets)
      const resource = params.first('resource') ?? ''
      const mask = params.first('mask') ?? ''
      if (resource !== '') return dumpResource(sections, resource, mask)
      return mask === '' ? configs(sections.map(asAny)) : dumpMasked(sections, mask)
    },
  }
}

function dumpResource(sections: readonly DumpSection[], resource: string, mask: string): AdminResponse {
  for (const { type, message } of sections) {
    const field = envoySchema.message(fullName(type))?.byName.get(resource)
    if (field === undefined || field.name !== resource) continue
    if (field.cardinality !== cardinalities.repeated)
      return refused(400, `${resource} is not a repeated field. Use ?mask=${resource} to get only this field`)
    const paths = mask === '' ? undefined : mask.split(',')
    const list: Message[] = []
    for (const item of messagesOf(message[resource])) {
      const trimmed = paths === undefined ? item : trimResource(item, field.typeName, paths)
      if (trimmed === undefined) return refused(400, `FieldMask ${mask} could not be successfully used.`)
      list.push({ '@type': `${ANY_PREFIX}${field.typeName}`, ...trimmed })
    }
    return configs(list)
  }
  return refused(404, `${resource} not found in config dump`)
}

/** A section that does not have the fields is left out; kinds of sections have different fields. */
function dumpMasked(sections: readonly DumpSection[], mask: string): AdminResponse {
  const trimmed = sections.flatMap((section) => {
    const message = trimMessage(section.message, fullName(section.type), mask.split(','))
    return message === undefined ? [] : [asAny({ ...section, message })]
  })
  if (trimmed.length === 0) return refused(400, `FieldMask ${mask} could not be successfully applied to any configs.`)
  return configs(trimmed)
}

function withoutSecrets({ type, message }: DumpSection): DumpSection {
  return { type, message: redacted(fullName(type), message) }
}

function asAny({ type, message }: DumpSection): Message {
  return { '@type': `${ANY_PREFIX}${fullName(type)}`, ...message }
}

function fullName(type: string): string {
  return `envoy.admin.v3.${type}`
}

function messagesOf(value: Json | undefined): readonly Message[] {
  return Array.isArray(value) ? (value as readonly Message[]) : []
}

function configs(list: readonly Message[]): AdminResponse {
  return json(list.length === 0 ? {} : { configs: list })
}

function refused(status: number, body: string): AdminResponse {
  return { status, contentType: 'text/plain', body, noSniffTwice: true }
}
