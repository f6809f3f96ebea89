/* NU205: a listener and the admin server that want one port. Two listeners are refused by the listener manager. */
import type { Message } from '../../api/config.ts'
import type { Finding } from '../decode/finding.ts'
import type { Place } from './walk.ts'
import { messageAt, messagesAt, rootPlace } from './walk.ts'

export function lintPorts(bootstrap: Message): Finding[] {
  const root = rootPlace(bootstrap)
  const admin = socketOf(messageAt(root, 'admin'))
  if (admin === undefined) return []
  return messagesAt(messageAt(root, 'static_resources'), 'listeners').flatMap((listener) => {
    const socket = socketOf(listener)
    if (socket === undefined || !clash(admin, socket)) return []
    const finding: Finding = {
      id: 'NU205',
      severity: 'warning',
      message: `listener and admin server on one port: ${socket.address}:${socket.port}`,
      path: socket.path,
      of: 'value',
      related: { label: 'the admin server has it in', path: admin.path },
    }
    return finding
  })
}

interface Socket {
  readonly path: Place['path']
  readonly address: string
  readonly port: number
}

/** Undefined for UDP, pipes and ports that the kernel chooses. */
function socketOf(owner: Place | undefined): Socket | undefined {
  const address = owner === undefined ? undefined : messageAt(owner, 'address')
  const socket = address === undefined ? undefined : messageAt(address, 'socket_address')
  const port = socket?.message['port_value']
  if (socket === undefined || typeof port !== 'number' || port === 0 || socket.message['protocol'] === 'UDP')
    return undefined
  return { path: socket.path, address: String(socket.message['address'] ?? ''), port }
}

function clash(a: Socket, b: Socket): boolean {
  return a.port === b.port && (a.address === b.address || isWildcard(a.address) || isWildcard(b.address))
}

function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::'
}
