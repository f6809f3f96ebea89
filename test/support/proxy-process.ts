/* A proxy as a process of its own, for tests that start it the way a user does. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const READY_WITHIN_MS = 20_000

export interface ProxyProcess extends AsyncDisposable {
  readonly pid: number
  /** What it has written to standard output and error so far. */
  output(): string
  /** SIGTERM, then the exit code. */
  stop(): Promise<number>
}

/**
 * Starts `command` (the launcher, a binary, the real Envoy) on `config`, a bootstrap as text whose admin server listens
 * on `adminPort`, and returns once that says it is ready. Throws with the output when the process ends before.
 */
export async function startProxy(command: readonly string[], config: string, adminPort: number): Promise<ProxyProcess> {
  const scratch = mkdtempSync(join(tmpdir(), 'nuncio-proxy-'))
  const configPath = join(scratch, 'envoy.yaml')
  const outputPath = join(scratch, 'output')
  writeFileSync(configPath, config)
  const outputFd = openSync(outputPath, 'a')
  const child = Bun.spawn([...command, '-c', configPath, '--disable-hot-restart'], {
    stdin: 'ignore',
    stdout: outputFd,
    stderr: outputFd,
  })
  closeSync(outputFd)
  const proxy: ProxyProcess = {
    pid: child.pid,
    output: () => readFileSync(outputPath, 'utf8'),
    stop: async () => {
      child.kill('SIGTERM')
      return child.exited
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await child.exited
      rmSync(scratch, { recursive: true, force: true })
    },
  }
  await untilReady(proxy, () => child.exitCode !== null, adminPort)
  return proxy
}

async function untilReady(proxy: ProxyProcess, ended: () => boolean, adminPort: number): Promise<void> {
  const limit = performance.now() + READY_WITHIN_MS
  while (!ended() && performance.now() < limit) {
    const answer = await fetch(`http://127.0.0.1:${adminPort}/ready`).catch(() => undefined)
    if (answer?.status === 200) return
    await Bun.sleep(20)
  }
  const output = proxy.output()
  await proxy[Symbol.asyncDispose]()
  throw new Error(`the proxy did not become ready:\n${output}`)
}

/** Ports that were free a moment ago, all different. */
export function freePorts(count: number): number[] {
  const listeners = Array.from({ length: count }, () =>
    Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } }),
  )
  const ports = listeners.map((listener) => listener.port)
  for (const listener of listeners) listener.stop(true)
  return ports
}
