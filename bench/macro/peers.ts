/** Starts the contestants that are installed; who is missing is said and left out. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { envoyConfig, haproxyConfig, nginxBackend, nginxProxy } from './configs.ts'
import type { Contestant } from './contestant.ts'
import { spawnContestant } from './contestant.ts'
import { PORTS } from './ports.ts'
import type { Setup } from './setups.ts'
import { ORDINARY } from './setups.ts'

const ROOT = new URL('../..', import.meta.url).pathname

const MIB = 1 << 20

export interface Peer {
  readonly name: string
  start(): Promise<Contestant>
}

export function findTool(name: string, variable: string): string | undefined {
  return (
    process.env[variable] ?? Bun.which(name) ?? ['/usr/sbin/', '/usr/local/sbin/'].map((d) => d + name).find(existsSync)
  )
}

/** nginx, because it costs little and is not counted. */
export async function startBackend(folder: string): Promise<Contestant> {
  const nginx = findTool('nginx', 'NGINX')
  if (nginx === undefined) throw new Error('nginx is needed as the backend')
  mkdirSync(join(folder, 'www'), { recursive: true })
  writeFileSync(join(folder, 'www/1m.bin'), new Uint8Array(MIB).fill(120))
  const config = join(folder, 'backend.conf')
  writeFileSync(config, nginxBackend(folder))
  const ports = { http: PORTS.backend, routes: PORTS.backend, accessLog: PORTS.backend }
  return spawnContestant('backend', ports, [nginx, '-c', config])
}

export function findPeers(folder: string, wanted: readonly string[], setup: Setup = ORDINARY): Peer[] {
  const peers: Peer[] = []
  const add = (name: string, tool: string | undefined, start: (tool: string) => Promise<Contestant>): void => {
    if (!wanted.includes(name)) return
    if (tool === undefined) console.log(`${name} is not installed and left out`)
    else peers.push({ name, start: async () => start(tool) })
  }
  add('envoy', findTool('envoy', 'ENVOY'), async (tool) => {
    const config = join(folder, 'envoy.json')
    writeFileSync(config, envoyConfig(PORTS.envoy, join(folder, 'envoy.log'), setup))
    const flags = ['-c', config, '--concurrency', '1', '--disable-hot-restart', '-l', 'error']
    return spawnContestant('envoy', PORTS.envoy, [tool, ...flags])
  })
  add('nginx', findTool('nginx', 'NGINX'), async (tool) => {
    const config = join(folder, 'proxy.conf')
    const streamModule = nginxStreamModule(tool)
    const { tcp, ...others } = PORTS.nginx
    const ports = streamModule === undefined ? others : { ...others, tcp }
    if (streamModule === undefined) console.log('nginx has no stream module and is left out where TCP is forwarded')
    writeFileSync(config, nginxProxy(ports, folder, streamModule ?? '', setup.routes))
    return spawnContestant('nginx', ports, [tool, '-c', config])
  })
  add('haproxy', findTool('haproxy', 'HAPROXY'), async (tool) => {
    const config = join(folder, 'haproxy.cfg')
    writeFileSync(config, haproxyConfig(PORTS.haproxy, setup.routes))
    return spawnContestant('haproxy', PORTS.haproxy, [tool, '-q', '-f', config])
  })
  add('nuncio', process.env['NUNCIO'] ?? join(ROOT, 'bin/nuncio'), async (tool) => {
    const config = join(folder, 'nuncio.json')
    writeFileSync(config, envoyConfig(PORTS.nuncio, join(folder, 'nuncio.log'), setup))
    const flags = ['-c', config, '--concurrency', '1', '--disable-hot-restart', '-l', 'error']
    return spawnContestant('nuncio', PORTS.nuncio, [tool, ...flags])
  })
  return peers
}

/** Its file; '' where nginx has it built in, undefined where there is none. */
function nginxStreamModule(nginx: string): string | undefined {
  const { stderr } = Bun.spawnSync([nginx, '-V'])
  const built = stderr.toString()
  if (/--with-stream(?:\s|$)/.test(built)) return ''
  const folder = /--modules-path=(\S+)/.exec(built)?.[1] ?? '/usr/lib/nginx/modules'
  const path = join(folder, 'ngx_stream_module.so')
  return existsSync(path) ? path : undefined
}
