/** The gRPC status of a stream: from the trailers, else the headers, else what the HTTP status means. */
import type { FormatterContext } from '../../api/access-log.ts'
import type { HeaderMap } from '../../api/headers.ts'

export const GRPC_CAMEL_NAMES: readonly string[] = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
]

export const GRPC_SNAKE_NAMES: readonly string[] = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
]

const UNKNOWN = 2
/** Stands for a grpc-status that is no number. */
export const INVALID_CODE = -1

export function grpcStatus({ responseTrailers, response, streamInfo }: FormatterContext): number | undefined {
  return (
    fromHeader(responseTrailers) ??
    fromHeader(response) ??
    (streamInfo.responseCode === 0 ? undefined : grpcOfHttp(streamInfo.responseCode))
  )
}

function fromHeader(headers: HeaderMap | undefined): number | undefined {
  const text = headers?.get('grpc-status')
  if (text === undefined || text === '') return undefined
  return /^\d{1,10}$/.test(text) ? Number(text) : INVALID_CODE
}

/** https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md */
export function grpcOfHttp(httpStatus: number): number {
  switch (httpStatus) {
    case 400:
      return 13
    case 401:
      return 16
    case 403:
      return 7
    case 404:
      return 12
    case 429:
    case 502:
    case 503:
    case 504:
      return 14
    default:
      return UNKNOWN
  }
}
