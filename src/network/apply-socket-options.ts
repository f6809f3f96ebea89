/** Sets on a socket what the configuration wants in one of its states. */
import type { Address } from '../api/network.ts'
import { errorText } from '../platform/error-text.ts'
import { setSocketOption } from '../platform/socket-calls.ts'
import type { SocketOption, SocketState } from './socket-options.ts'

/** The failure in words (`Setting 1/9999 option on socket failed: Protocol not available`), or undefined. */
export function applySocketOptions(
  fd: number,
  address: Address,
  options: readonly SocketOption[],
  state: SocketState,
): string | undefined {
  for (const option of options) {
    if (option.state !== state) continue
    if (option.family !== undefined && !(address.kind === 'ip' && address.family === option.family)) continue
    const error = setSocketOption(fd, option.level, option.name, option.value)
    if (error !== 0) return `Setting ${option.level}/${option.name} option on socket failed: ${errorText(error)}`
  }
  return undefined
}
