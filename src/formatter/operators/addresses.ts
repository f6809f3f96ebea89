/** Addresses of both sides. */
import type { Address } from '../../api/network.ts'
import type { StreamInfo } from '../../api/stream-info.ts'
import type { OperatorKind, OperatorTable } from '../operator.ts'
import { numberOperator, textOperator } from '../operator.ts'

type Source = (streamInfo: StreamInfo) => Address | undefined

function whole(source: Source): OperatorKind {
  return textOperator(({ streamInfo }) => source(streamInfo)?.text)
}

function withoutPort(source: Source): OperatorKind {
  return textOperator(({ streamInfo }) => {
    const address = source(streamInfo)
    return address?.kind === 'ip' ? address.ip : address?.text
  })
}

function port(source: Source): OperatorKind {
  return numberOperator(({ streamInfo }) => {
    const address = source(streamInfo)
    return address?.kind === 'ip' ? address.port : undefined
  })
}

function family(name: string, source: Source): OperatorTable {
  return {
    [`${name}_ADDRESS`]: whole(source),
    [`${name}_ADDRESS_WITHOUT_PORT`]: withoutPort(source),
    [`${name}_PORT`]: port(source),
  }
}

export const ADDRESS_OPERATORS: OperatorTable = {
  ...family('DOWNSTREAM_REMOTE', (info) => info.connection.remoteAddress),
  ...family('DOWNSTREAM_DIRECT_REMOTE', (info) => info.connection.directRemoteAddress),
  ...family('DOWNSTREAM_LOCAL', (info) => info.connection.localAddress),
  ...family('UPSTREAM_LOCAL', (info) => info.upstream?.localAddress),
  ...family('UPSTREAM_REMOTE', (info) => info.upstream?.remoteAddress),
  CONNECTION_ID: numberOperator(({ streamInfo }) => streamInfo.connectionId),
  UPSTREAM_CONNECTION_ID: numberOperator(({ streamInfo }) => streamInfo.upstream?.connectionId),
}
