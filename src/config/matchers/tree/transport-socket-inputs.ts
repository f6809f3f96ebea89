/** Inputs of matchers that choose a transport socket for a host (envoy.matching.transport_socket.input). */
import type { Json, Message, Reader } from '../../../api/config.ts'
import { below } from '../../below.ts'
import type { DataInput, DataInputTable, InputText } from './data-input.ts'
import { plainInput } from './data-input.ts'
import type { MatchingData } from './match-tree.ts'

const TYPES = 'envoy.extensions.matching.common_inputs.transport_socket.v3'
const DEFAULT_NAMESPACE = 'envoy.lb'

export const TRANSPORT_SOCKET_INPUTS: DataInputTable = {
  [`${TYPES}.EndpointMetadataInput`]: (reader) => metadataInput(reader, ({ endpointMetadata }) => endpointMetadata),
  [`${TYPES}.LocalityMetadataInput`]: (reader) => metadataInput(reader, ({ localityMetadata }) => localityMetadata),
  // Hosts have their sockets for good, whoever is asked for.
  [`${TYPES}.FilterStateInput`]: (reader) => {
    reader.keep()
    reader.unsupported(undefined, 'a transport socket that filter state decides on')
    return plainInput(() => undefined)(reader)
  },
}

function metadataInput(reader: Reader, of: (data: MatchingData) => Message | undefined): DataInput {
  const namespace = reader.string('filter') || DEFAULT_NAMESPACE
  const path = reader.messages('path', (segment) => segment.string('key'))
  return {
    kind: 'text',
    get: (data) => {
      return textOf(below(of(data), 'filter_metadata', namespace, ...path))
    },
  }
}

/** Values of other kinds as JSON; an empty text is none. */
function textOf(value: Json | undefined): InputText {
  if (typeof value === 'string') return value === '' ? undefined : value
  return value === undefined ? undefined : JSON.stringify(value)
}
