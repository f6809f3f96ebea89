/** envoy.config.route.v3.DirectResponseAction, parsed. */
import type { Reader } from '../api/config.ts'
import { readDataSource } from '../config/data-source.ts'

export interface DirectResponseConfig {
  readonly status: number
  /** latin1: the bytes of the body. */
  readonly body: string
}

export function readDirectResponse(reader: Reader, maxBodyBytes: number): DirectResponseConfig {
  const status = reader.number('status', 200)
  const body = reader.message('body', readDataSource)
  if (body === undefined) return { status, body: '' }
  if (body.length > maxBodyBytes) {
    reader.error('body', 'NU155', `response body size is ${body.length} bytes; maximum is ${maxBodyBytes}`)
  }
  return { status, body: Buffer.from(body).toString('latin1') }
}
