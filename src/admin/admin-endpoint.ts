/** One path of the admin server: what it is called, what it takes, what it answers. One file each in endpoints/. */
import { messageNumber } from '../base/number-format.ts'
import type { QueryParams } from './query-params.ts'

export interface AdminEndpoint {
  readonly path: string
  /** As /help and the home page print it. */
  readonly help: string
  /** Changes something: only POST is allowed. */
  readonly mutates: boolean
  readonly params: readonly AdminParam[]
  /** Called once the request is complete, on the main thread. */
  handle(request: AdminRequest): AdminResponse | Promise<AdminResponse>
}

export interface AdminParam {
  readonly name: string
  readonly help: string
  /** The values to choose from; absent for free text. */
  readonly choices?: readonly string[]
  /** Stands alone, without a value. */
  readonly flag?: true
}

export interface AdminRequest {
  readonly params: QueryParams
}

/** Unicode, or as bytes in UTF-8. */
type AdminBody = string | readonly Uint8Array[]

export interface AdminResponse {
  readonly status: number
  readonly contentType: string
  /** A function is called once the head is on its way: by then the request counts, in the statistics that are asked for, too. */
  readonly body: AdminBody | (() => AdminBody)
  /** Envoy sends `x-content-type-options` twice with some errors. */
  readonly noSniffTwice?: true
}

const TEXT = 'text/plain; charset=UTF-8'

export function text(body: AdminResponse['body'], status = 200): AdminResponse {
  return { status, contentType: TEXT, body }
}

export function html(body: AdminResponse['body']): AdminResponse {
  return { status: 200, contentType: 'text/html; charset=UTF-8', body }
}

/** Text that is JSON already. */
export function jsonText(body: AdminResponse['body']): AdminResponse {
  return { status: 200, contentType: 'application/json', body }
}

/** Indented by one, with a line end, and with the two characters escaped that could end a script element. */
export function json(value: unknown): AdminResponse {
  const body = JSON.stringify(value, withMessageNumbers, 1).replaceAll('<', '\\u003c').replaceAll('>', '\\u003e')
  return jsonText(`${body}\n`)
}

/** JSON.rawJSON of ECMAScript, which the declarations of the language do not have yet. */
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown }

/** Doubles look as Envoy prints those of a message. */
function withMessageNumbers(_key: string, value: unknown): unknown {
  if (typeof value !== 'number') return value
  const text = messageNumber(value)
  return text === String(value) ? value : rawJSON(text)
}

export const OK: AdminResponse = text('OK\n')
