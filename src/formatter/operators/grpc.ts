/** %GRPC_STATUS(…)% and %GRPC_STATUS_NUMBER%: of gRPC requests only. */
import type { FormatterContext } from '../../api/access-log.ts'
import type { CompiledOperator, OperatorTable } from '../operator.ts'
import { numberValue, plainOperator } from '../operator.ts'
import { GRPC_CAMEL_NAMES, GRPC_SNAKE_NAMES, grpcStatus } from './grpc-status.ts'

/** `application/grpc`, alone or with `+` and a format behind it. A CONNECT has no path and is none. */
function isGrpcRequest({ request }: FormatterContext): boolean {
  const type = request?.get('content-type')
  return (
    type !== undefined && request?.path !== '' && (type === 'application/grpc' || type.startsWith('application/grpc+'))
  )
}

function status(context: FormatterContext): number | undefined {
  return isGrpcRequest(context) ? grpcStatus(context) : undefined
}

/** A number that is no status prints as it is. */
function named(names: readonly string[]): CompiledOperator {
  return {
    text: (context) => {
      const number = status(context)
      return number === undefined ? undefined : (names[number] ?? number.toString())
    },
  }
}

function compileStatus(parameter: string): CompiledOperator {
  switch (parameter) {
    case '':
    case 'CAMEL_STRING':
      return named(GRPC_CAMEL_NAMES)
    case 'SNAKE_STRING':
      return named(GRPC_SNAKE_NAMES)
    case 'NUMBER':
      return numberValue(status)
    default:
      return { error: `GrpcStatusFormatter only supports CAMEL_STRING, SNAKE_STRING or NUMBER. Got: ${parameter}` }
  }
}

export const GRPC_OPERATORS: OperatorTable = {
  GRPC_STATUS: { parameters: 'optional', truncates: false, compile: compileStatus },
  GRPC_STATUS_NUMBER: plainOperator(numberValue(status)),
}
