/** What formats see where there is no request: a connection, or nothing but what is known of one. */
import type { FormatterContext } from '../api/access-log.ts'
import type { StreamInfo } from '../api/stream-info.ts'

export function streamlessContext(streamInfo: StreamInfo): FormatterContext {
  return {
    request: undefined,
    response: undefined,
    responseTrailers: undefined,
    streamInfo,
    localReplyBody: '',
    logType: 'NotSet',
  }
}
