/* A whole proxy on ports that the system chooses: started as a user would, asked through its sockets. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dir, '../..')
const READY_WITHIN_MS = 20_000

export interface WholeProxy extends AsyncDisposable {
  readonly pid: number
  readonly folder: string
  /** What listens where: names of listeners, and `admin`. */
  readonly ports: ReadonlyMap<number, string>
  /** Port of the listener of this name. */
  port(listener: string): number
  /** Body of a GET (or POST) on the admin server. */
  admin(path: string, method?: 'GET' | 'POST'): Promise<string>
  /** Value of one counter or gauge, undefined when there is none. */
  stat(name: string): Promise<number | undefined>
  /** Standard error so far. */
  log(): string
  /** Sends the signal and waits for the end; the exit code. */
  end(signal?: NodeJS.Signals): Promise<number>
  /** Waits for an end that comes by itself. */
  exitCode(): Promise<number>
}

export interface WholeProxyOptions {
  readonly flags?: readonly string[]
  /** Default: bin/nuncio. */
  readonly command?: readonly string[]
  /** Do not wait for LIVE, only for the admin server. */
  readonly notLive?: boolean
  /** Merged over the rest of the bootstrap; `{folder}` works here as well. */
  readonly bootstrap?: object
  /** Called with the scratch folder before the start. */
  readonly prepare?: (folder: string) => void
}

/** `staticResources` uses port 0 for its listeners; the admin server is added. `{folder}` in it is the scratch folder. */
export async function startWholeProxy(staticResources: object, options: WholeProxyOptions = {}): Promise<WholeProxy> {
  const folder = mkdtempSync(join(tmpdir(), 'nuncio-whole-'))
  const bootstrap = JSON.stringify({
    admin: { address: { socket_address: { address: '127.0.0.1', port_value: 0 } } },
    static_resources: staticResources,
    ...options.bootstrap,
  })
  options.prepare?.(folder)
  const configPath = join(folder, 'envoy.json')
  const adminPath = join(folder, 'admin')
  const logPath = join(folder, 'log')
  writeFileSync(configPath, bootstrap.replaceAll('{folder}', folder))
  const fd = openSync(logPath, 'a')
  const command = options.command ?? [join(ROOT, 'bin/nuncio')]
  const flags = ['--disable-hot-restart', '--admin-address-path', adminPath, ...(options.flags ?? [])]
  const child = Bun.spawn([...command, '-c', configPath, ...flags], { stdin: 'ignore', stdout: fd, stderr: fd })
  closeSync(fd)
  const log = (): string => readFileSync(logPath, 'utf8')
  const dispose = async (): Promise<void> => {
    child.kill('SIGKILL')
    await child.exited
    rmSync(folder, { recursive: true, force: true })
  }
  const address = (): string => {
    try {
      return readFileSync(adminPath, 'utf8')
    } catch {
      return ''
    }
  }
  const admin = async (path: string, method: 'GET' | 'POST' = 'GET'): Promise<string> =>
    (await fetch(`http://${address()}${path}`, { method })).text()

  const limit = performance.now() + READY_WITHIN_MS
  for (;;) {
    const ready = address() === '' ? '' : await admin('/ready').catch(() => '')
    if (ready === 'LIVE\n' || (ready !== '' && options.notLive === true)) break
    if (child.exitCode !== null || performance.now() > limit) {
      const output = log()
      await dispose()
      throw new Error(`the proxy did not become ready:\n${output}`)
    }
    await Bun.sleep(10)
  }
  const ports = await readPorts(admin)
  return {
    pid: child.pid,
    folder,
    ports: new Map([...[...ports].map(([name, port]) => [port, name] as const), [portOf(address()), 'admin']]),
    port: (listener) => {
      const port = ports.get(listener)
      if (port === undefined) throw new Error(`no listener ${listener}`)
      return port
    },
    admin,
    stat: async (name) => {
      const text = await admin(`/stats?filter=^${encodeURIComponent(name.replaceAll('.', '\\.'))}$`)
      const value = text.split(': ')[1]
      return value === undefined ? undefined : Number(value)
    },
    log,
    end: async (signal = 'SIGTERM') => {
      child.kill(signal)
      return child.exited
    },
    exitCode: async () => child.exited,
    [Symbol.asyncDispose]: dispose,
  }
}

async function readPorts(admin: (path: string) => Promise<string>): Promise<ReadonlyMap<string, number>> {
  const ports = new Map<string, number>()
  for (const line of (await admin('/listeners')).split('\n')) {
    const [name, address] = line.split('::')
    if (name !== undefined && address !== undefined) ports.set(name, portOf(address))
  }
  return ports
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1))
}
