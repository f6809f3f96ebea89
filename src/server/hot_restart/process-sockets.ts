/** The sockets of one epoch, and the names of its neighbours'. */
import type { UnixDatagramSocket } from '../../platform/unix-datagram.ts'
import { bindUnixDatagram } from '../../platform/unix-datagram.ts'

/** At most so many epochs live at one time. */
const OVERLAPPING_EPOCHS = 3
const EADDRINUSE = 98

export interface SocketNames {
  /** --socket-path */
  readonly path: string
  readonly mode: number
  readonly scaledBaseId: number
}

export interface ProcessSockets {
  /** Gets what the parent answers. */
  readonly child: UnixDatagramSocket
  /** Gets what the child asks. */
  readonly parent: UnixDatagramSocket
  close(): void
}

export type BoundSockets =
  | { readonly ok: true; readonly sockets: ProcessSockets }
  | { readonly ok: false; readonly inUse: boolean; readonly message: string }

type Role = 'child' | 'parent' | 'udp_child' | 'udp_parent'

export function socketName({ path, scaledBaseId }: SocketNames, role: 'child' | 'parent', epoch: number): string {
  return nameOf(path, role, scaledBaseId, epoch)
}

/** The two for forwarded UDP packets are there so that the epoch's names are all taken; nothing is read from them. */
export function bindProcessSockets({ path, mode, scaledBaseId }: SocketNames, epoch: number): BoundSockets {
  const bound: UnixDatagramSocket[] = []
  const closeAll = (): void => bound.forEach((socket) => socket.close())
  for (const role of ['child', 'udp_child', 'parent', 'udp_parent'] as const) {
    const result = bindUnixDatagram(nameOf(path, role, scaledBaseId, epoch), mode)
    if (!result.ok) {
      closeAll()
      const id = epoch % OVERLAPPING_EPOCHS
      const message =
        `unable to bind domain socket with base_id=${scaledBaseId}, id=${id}, errno=${result.errno} ` +
        `(see --base-id option)`
      return { ok: false, inUse: result.errno === EADDRINUSE, message }
    }
    bound.push(result.socket)
  }
  const [child, , parent] = bound
  if (child === undefined || parent === undefined) throw new Error('unreachable: four sockets were bound')
  return { ok: true, sockets: { child, parent, close: closeAll } }
}

function nameOf(path: string, role: Role, scaledBaseId: number, epoch: number): string {
  return `${path}_${role}_${scaledBaseId + (epoch % OVERLAPPING_EPOCHS)}`
}
