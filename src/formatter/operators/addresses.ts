/** Addresses of both sides. */
import type { Address } from '../../api/network.ts'
import type { StreamInfo } from '../../api/stream-info.ts'
import type { OperatorKind, OperatorTable } from '../operator.ts'
import { numberOperator, numberValue, plainOperator, textOperator } from '../operator.ts'
import { addressText, addressWithoutPort, networkOf } from './address-text.ts'

type Source = (streamInfo: StreamInfo) => Address | undefined

function textOf(source: Source, text: (address: Address) => string) {
  return ({ streamInfo }: { readonly streamInfo: StreamInfo }) => {
    const address = source(streamInfo)
    return address === undefined ? undefined : text(address)
  }
}

/** With a parameter that is a number: the network of that prefix length. Anything else is as good as none. */
function withoutPort(source: Source): OperatorKind {
  return {
    parameters: 'optional',
    truncates: false,
    compile: (parameter) => {
      const length = /^[+-]?\d{1,9}$/.test(parameter) ? Number(parameter) : undefined
      const text = length === undefined ? addressWithoutPort : (address: Address) => networkOf(address, length)
      return { text: textOf(source, text) }
    },
  }
}

/** A pipe has none, which is not as if there were no address. */
function port(source: Source): OperatorKind {
  const number = numberValue(({ streamInfo }) => {
    const address = source(streamInfo)
    return address?.kind === 'ip' ? address.port : undefined
  })
  return plainOperator({
    ...number,
    text: (context) => (source(context.streamInfo)?.kind === 'pipe' ? '' : number.text(context)),
  })
}

function family(name: string, source: Source): OperatorTable {
  return {
    [`${name}_ADDRESS`]: textOperator(textOf(source, addressText)),
    [`${name}_ADDRESS_WITHOUT_PORT`]: withoutPort(source),
    [`${name}_PORT`]: port(source),
  }
}

/** Only internal listeners have endpoint ids. */
function endpointId(source: Source): OperatorKind {
  return textOperator(textOf(source, () => ''))
}

const downstreamLocal: Source = (info) => info.connection.localAddress
const downstreamDirectLocal: Source = ({ connection }) => connection.directLocalAddress ?? connection.localAddress
const upstreamRemote: Source = (info) => info.upstream?.remoteAddress

export const ADDRESS_OPERATORS: OperatorTable = {
  ...family('DOWNSTREAM_REMOTE', (info) => info.connection.remoteAddress),
  ...family('DOWNSTREAM_DIRECT_REMOTE', (info) => info.connection.directRemoteAddress),
  ...family('DOWNSTREAM_LOCAL', downstreamLocal),
  ...family('DOWNSTREAM_DIRECT_LOCAL', downstreamDirectLocal),
  ...family('UPSTREAM_LOCAL', (info) => info.upstream?.localAddress),
  ...family('UPSTREAM_REMOTE', upstreamRemote),
  DOWNSTREAM_LOCAL_ADDRESS_ENDPOINT_ID: endpointId(downstreamLocal),
  DOWNSTREAM_DIRECT_LOCAL_ADDRESS_ENDPOINT_ID: endpointId(downstreamDirectLocal),
  UPSTREAM_REMOTE_ADDRESS_ENDPOINT_ID: endpointId(upstreamRemote),
  CONNECTION_ID: numberOperator(({ streamInfo }) => streamInfo.connectionId),
  UPSTREAM_CONNECTION_ID: numberOperator(({ streamInfo }) => streamInfo.upstream?.connectionId ?? 0),
}
