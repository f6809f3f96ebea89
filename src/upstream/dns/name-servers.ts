/** Whom to ask: what resolv.conf(5) says. */
import { readFileSync } from 'node:fs'

const DEFAULT_PORT = 53
/** What its manual says when it names none. */
const THIS_MACHINE = `127.0.0.1:${DEFAULT_PORT}`

/** `ip:port`. Read anew each time, as it may change under way. */
export function systemNameServers(path = '/etc/resolv.conf'): readonly string[] {
  const servers = nameServersIn(textOf(path))
  return servers.length === 0 ? [THIS_MACHINE] : servers
}

/** Nothing is configured on this machine. */
export function isOnlyDefault(servers: readonly string[]): boolean {
  return servers.every((server) => server === THIS_MACHINE)
}

export function nameServersIn(resolvConf: string): readonly string[] {
  const ips = [...resolvConf.matchAll(/^[ \t]*nameserver[ \t]+([\da-fA-F.:]+(?:%\S+)?)/gm)].map(([, ip]) => ip!)
  return ips.map((ip) => (ip.includes(':') ? `[${ip}]:${DEFAULT_PORT}` : `${ip}:${DEFAULT_PORT}`))
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
