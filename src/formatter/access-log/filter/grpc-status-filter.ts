/** GrpcStatusFilter. Answers that are not gRPC count by what their HTTP status means; no status at all is UNKNOWN. */
import type { Reader } from '../../../api/config.ts'
import { GRPC_SNAKE_NAMES, grpcStatus } from '../../operators/grpc-status.ts'
import type { AccessLogFilterConfig } from './access-log-filter-config.ts'

export function readGrpcStatusFilter(reader: Reader): AccessLogFilterConfig {
  // The enum spells one of them differently.
  const names = reader.enumerations<string>('statuses').map((name) => (name === 'CANCELED' ? 'CANCELLED' : name))
  const statuses = new Set(names.map((name) => GRPC_SNAKE_NAMES.indexOf(name)))
  const exclude = reader.bool('exclude', false)
  const unknown = GRPC_SNAKE_NAMES.indexOf('UNKNOWN')
  const filter: ReturnType<AccessLogFilterConfig> = {
    evaluate: (record) => statuses.has(grpcStatus(record) ?? unknown) !== exclude,
  }
  return () => filter
}
