/** envoy.extensions.filters.http.cache.v3.CacheConfig, parsed. */
import type { Reader } from '../../../../api/config.ts'
import type { ExtensionConfig, ParseContext } from '../../../../api/extension.ts'
import type { StringPredicate } from '../../../../config/matchers/string-matcher.ts'
import { readStringMatcher } from '../../../../config/matchers/string-matcher.ts'

export interface CacheConfig {
  /** Undefined: disabled. */
  readonly store: ExtensionConfig<'envoy.http.cache'> | undefined
  readonly allowedVaryHeaders: readonly StringPredicate[]
  readonly ignoreRequestCacheControl: boolean
}

/** `key_creator_params` stays unread: Envoy has the field and no use for it, which would be a key that nobody wanted. */
export function parseCache(reader: Reader, context: ParseContext): CacheConfig {
  const disabled = reader.bool('disabled', false)
  if (!disabled && !reader.has('typed_config')) {
    reader.error('typed_config', 'NU158', 'at least one of typed_config or disabled must be set')
  }
  reader.ignore('max_body_bytes', 'Envoy has the field and stores bodies of any length')
  return {
    store: disabled ? unused(reader) : context.extension(reader, 'typed_config', 'envoy.http.cache'),
    allowedVaryHeaders: reader.messages('allowed_vary_headers', readStringMatcher),
    ignoreRequestCacheControl: reader.bool('ignore_request_cache_control_header', false),
  }
}

function unused(reader: Reader): undefined {
  for (const field of ['typed_config', 'key_creator_params']) reader.ignore(field, 'the filter is disabled')
}
