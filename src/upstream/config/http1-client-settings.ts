/** What the HTTP/1 codec is told of the upstreams of a cluster. */
import type { Http1ClientSettings } from '../../codec/http1/settings.ts'
import type { UpstreamHttpSettings } from './http-settings.ts'

export function http1ClientSettings(http: UpstreamHttpSettings): Http1ClientSettings {
  return {
    maxHeadersBytes: http.maxResponseHeadersKb * 1024,
    maxHeadersCount: http.maxResponseHeadersCount,
    enableTrailers: http.http1.enableTrailers,
    allowChunkedLength: http.http1.allowChunkedLength,
    headerKeyFormat: http.http1.headerKeyFormat,
    sendFullyQualifiedUrl: http.http1.sendFullyQualifiedUrl,
  }
}
