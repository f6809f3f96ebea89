/** local_reply_config, parsed (Envoy docs: http_conn_man/local_reply). */
import type { FormatterContext } from '../../api/access-log.ts'
import type { AccessLogFilter, FactoryContext } from '../../api/extension.ts'
import type { ResponseHeaders } from '../../api/headers.ts'
import type { StreamInfo } from '../../api/stream-info.ts'
import type { LocalReplyDraft } from './build-local-reply.ts'

export interface LocalReplyConfig {
  readonly mappers: readonly LocalReplyMapperConfig[]
  /** Undefined: the body as it is, text/plain. */
  readonly bodyFormat: BodyFormat | undefined
}

export interface BodyFormat {
  format(context: FormatterContext): string
  readonly contentType: string
}

/** What a mapper does with the replies that its filter picks. */
export interface LocalReplyAction {
  readonly status: number | undefined
  /** latin1. */
  readonly body: string | undefined
  readonly bodyFormat: BodyFormat | undefined
  /** headers_to_add. */
  addHeaders(headers: ResponseHeaders, context: FormatterContext): void
}

export interface LocalReplyMapperConfig extends LocalReplyAction {
  createFilter(context: FactoryContext): AccessLogFilter
}

/** A stream while it answers by itself: what filters and formats may look at. */
export interface LocalReplyStream extends FormatterContext {
  readonly streamInfo: StreamInfo
  localReplyBody: string
}

/** Rewrites local replies; one per thread and connection manager. */
export class LocalReplyRewriter {
  readonly #mappers: readonly { readonly filter: AccessLogFilter; readonly action: LocalReplyAction }[]
  readonly #bodyFormat: BodyFormat | undefined

  constructor(config: LocalReplyConfig, context: FactoryContext) {
    this.#mappers = config.mappers.map((mapper) => ({ filter: mapper.createFilter(context), action: mapper }))
    this.#bodyFormat = config.bodyFormat
  }

  /** The stream's `response` is the draft's headers during the call. */
  rewrite(draft: LocalReplyDraft, stream: LocalReplyStream): void {
    stream.streamInfo.responseCode = draft.headers.status
    const format = this.#map(draft, stream) ?? this.#bodyFormat
    if (format !== undefined) {
      stream.localReplyBody = draft.body
      draft.body = format.format(stream)
      draft.contentType = format.contentType
    }
    // The access log has none.
    stream.localReplyBody = ''
  }

  #map(draft: LocalReplyDraft, stream: LocalReplyStream): BodyFormat | undefined {
    for (const { filter, action } of this.#mappers) {
      if (!filter.evaluate(stream)) continue
      if (action.body !== undefined) draft.body = action.body
      action.addHeaders(draft.headers, stream)
      if (action.status !== undefined) {
        draft.headers.status = action.status
        stream.streamInfo.responseCode = action.status
      }
      return action.bodyFormat
    }
    return undefined
  }
}
