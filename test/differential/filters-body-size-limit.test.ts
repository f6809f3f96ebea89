/* envoy.filters.http.body_size_limit against the real one. */
import { direct, routeTo } from '../support/configs.ts'
import type { RequestRow } from './support/filter-case.ts'
import { differentialFilters, filterEntry } from './support/filter-case.ts'
import { OUTCOME } from './support/pieces.ts'

function chunked(text: string): string {
  return `${text === '' ? '' : `${text.length.toString(16)}\r\n${text}\r\n`}0\r\n\r\n`
}

for (const config of [{ max_request_bytes: 10 }, {}]) {
  differentialFilters(`body_size_limit: ${JSON.stringify(config)}`, {
    filters: [filterEntry('body_size_limit', 'body_size_limit.v3.BodySizeLimit', config)],
    routes: [direct('/direct', 'hi'), routeTo('app')],
    requests: [
      ['GET', 'GET /'],
      ...[0, 10, 11, 5000].flatMap((length): RequestRow[] => [
        [`${length} at once`, 'POST /', [], 'x'.repeat(length)],
        [`${length} in chunks`, 'POST /', ['transfer-encoding: chunked'], chunked('x'.repeat(length))],
      ]),
      ['gRPC', 'POST /', ['content-type: application/grpc'], 'x'.repeat(11)],
      ['a direct response', 'POST /direct', [], 'x'.repeat(11)],
    ],
    log: OUTCOME,
    stats: /^http\.ingress\.downstream_rq_(?:\dxx|too_large|rx_reset)/,
  })
}
