/** Names of sub clusters, by what they are for. */
import { parseAuthority } from '../dns-cache/authority.ts'

export function subClusterTarget(
  authority: string,
  defaultPort: number,
): { readonly host: string; readonly port: number } {
  const { host, port = defaultPort } = parseAuthority(authority)
  return { host, port }
}

export function subClusterName(host: string, port: number): string {
  return `DFPCluster:${host}:${port}`
}
