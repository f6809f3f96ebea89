/* A port where connection attempts get no answer: its queue is full and nobody accepts. */
import { connect } from 'node:net'
import { parseIpAddress } from '../../src/network/address.ts'
import {
  bindSocket,
  closeDescriptor,
  createStreamSocket,
  listenOn,
  localAddressOf,
} from '../../src/platform/socket-calls.ts'

export interface BlackHole extends Disposable {
  readonly port: number
}

export async function blackHole(host = '127.0.0.1'): Promise<BlackHole> {
  const address = parseIpAddress(host, 0)
  const fd = createStreamSocket(address)
  bindSocket(fd, address)
  listenOn(fd, 0)
  const bound = localAddressOf(fd)
  if (bound?.kind !== 'ip') throw new Error('no port')
  const { port } = bound
  // The kernel lets one more in than the backlog says.
  const fillers = [0, 1].map(() => connect({ host, port }))
  for (const filler of fillers) filler.on('error', () => undefined)
  await new Promise<void>((resolve) => fillers[0]!.once('connect', resolve))
  return {
    port,
    [Symbol.dispose]: () => {
      for (const filler of fillers) filler.destroy()
      closeDescriptor(fd)
    },
  }
}
