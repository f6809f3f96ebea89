/** envoy.extensions.http.custom_response.local_response_policy.v3.LocalResponsePolicy: what stands in for a response. */
import type { FormatterContext } from '../../../../api/access-log.ts'
import type { Reader } from '../../../../api/config.ts'
import type { ParseContext } from '../../../../api/extension.ts'
import { readDataSource } from '../../../../config/data-source.ts'
import { readSubstitutionFormat } from '../../../../formatter/substitution-format.ts'
import type { HeaderMutations } from '../../../../router/header-mutations.ts'
import { readHeaderAdditions } from '../../../../router/header-mutations.ts'

export interface LocalResponsePolicy {
  readonly kind: 'local'
  /** Undefined: as it came. */
  readonly status: number | undefined
  /** Wire text; a format may ask for the configured body, or else for `replaced`, the local reply's that was there. */
  body(context: FormatterContext, replaced: string): string
  readonly headers: HeaderMutations
  readonly details: { readonly kind: 'preserved' } | { readonly kind: 'fixed'; readonly text: string }
}

export function readLocalResponsePolicy(reader: Reader, context: ParseContext): LocalResponsePolicy {
  const body = reader.message('body', (source) => Buffer.from(readDataSource(source)).latin1Slice())
  const format = reader.message('body_format', (inner) => readSubstitutionFormat(inner, context))
  const preserves = reader.bool('preserve_response_code_details', false)
  const text = reader.string('response_code_details')
  return {
    kind: 'local',
    status: reader.optionalNumber('status_code'),
    body: (stream, replaced) => format?.formatter.format({ ...stream, localReplyBody: body ?? replaced }) ?? body ?? '',
    headers: readHeaderAdditions(reader, 'response_headers_to_add'),
    details: preserves ? { kind: 'preserved' } : { kind: 'fixed', text },
  }
}
