import type { ConnectionInfo } from '../../api/network.ts'

/**
 * Both ends are on this machine (SAME_IP_OR_LOOPBACK). Of the addresses of 127.0.0.0/8 Envoy counts only the one that most
 * mean by it.
 */
export function isLocalPeer({ localAddress: local, remoteAddress: remote }: ConnectionInfo): boolean {
  if (remote.kind === 'pipe' || local.kind === 'pipe') return true
  return remote.ip === local.ip || remote.ip === '127.0.0.1' || remote.ip === '::1'
}
