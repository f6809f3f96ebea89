/** The load tools and what is read from their output. An error of the tool voids a measurement. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface LoadResult {
  readonly requests: number
  /** Requests a second. */
  readonly rate: number
}

export interface WrkLoad {
  readonly url: string
  readonly connections: number
  readonly seconds: number
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly bodyBytes?: number
}

export async function wrk(load: WrkLoad): Promise<LoadResult> {
  const folder = mkdtempSync(join(tmpdir(), 'nuncio-bench-'))
  const script = join(folder, 'load.lua')
  const headers = Object.entries(load.headers ?? {}).map(
    ([k, v]) => `wrk.headers[${JSON.stringify(k)}]=${JSON.stringify(v)}`,
  )
  const body = load.bodyBytes === undefined ? [] : [`wrk.body=string.rep("x",${load.bodyBytes})`]
  writeFileSync(script, [`wrk.method=${JSON.stringify(load.method ?? 'GET')}`, ...headers, ...body].join('\n'))
  const output = await run([
    'wrk',
    '-t1',
    `-c${load.connections}`,
    `-d${load.seconds}s`,
    '--timeout',
    '10s',
    '-s',
    script,
    load.url,
  ])
  rmSync(folder, { recursive: true })
  if (/Non-2xx|Socket errors: .*(?:connect|timeout) [1-9]/.test(output)) throw new Error(`wrk: ${output}`)
  const requests = Number(/(\d+) requests in/.exec(output)?.[1] ?? 0)
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(output)?.[1] ?? 0)
  if (requests === 0) throw new Error(`wrk: ${output}`)
  return { requests, rate }
}

export interface Latency extends LoadResult {
  readonly p50Us: number
  readonly p99Us: number
  readonly p999Us: number
}

/** `rate` requests a second, spread over the connections. */
export async function paced(url: string, rate: number, connections: number, seconds: number): Promise<Latency> {
  const folder = mkdtempSync(join(tmpdir(), 'nuncio-bench-'))
  const log = join(folder, 'times')
  await run([
    'h2load',
    '--h1',
    `-c${connections}`,
    '-t1',
    `-n${rate * seconds}`,
    `--rps=${rate / connections}`,
    `--log-file=${log}`,
    url,
  ])
  const times: number[] = []
  for (const line of readFileSync(log, 'utf8').split('\n')) {
    const [, status, us] = line.split('\t')
    if (status !== undefined && status !== '200') throw new Error(`h2load: status ${status}`)
    if (us !== undefined) times.push(Number(us))
  }
  rmSync(folder, { recursive: true })
  times.sort((a, b) => a - b)
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
  return { requests: times.length, rate, p50Us: at(0.5), p99Us: at(0.99), p999Us: at(0.999) }
}

async function run(command: readonly string[]): Promise<string> {
  const child = Bun.spawn([...command], { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  if (code !== 0) throw new Error(`${command[0] ?? ''}: ${out}${err}`)
  return out
}
