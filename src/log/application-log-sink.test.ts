/* Standard error is looked at from outside: a child process logs to it. */
import { expect, test } from 'bun:test'
import { join } from 'node:path'

const SCRIPT = `
  import { stderrSink } from ${JSON.stringify(join(import.meta.dir, 'application-log-sink.ts'))}
  const sink = stderrSink(() => ({ enable() {}, disable() {}, enabled: false }))
  const started = process.uptime()
  for (let i = 0; i < Number(process.argv[1]); i++) sink.write('line ' + i + ' ' + '.'.repeat(90) + '\\n')
  sink.close()
  process.stdout.write('still here')
`

function child(lines: number, stderr: 'pipe' | 'ignore') {
  return Bun.spawn([process.execPath, '-e', SCRIPT, String(lines)], { stdin: 'ignore', stdout: 'pipe', stderr })
}

test('stderr: every line arrives, also more than a pipe holds', async () => {
  const proxy = child(5000, 'pipe')
  const text = await new Response(proxy.stderr).text()
  expect(text.trimEnd().split('\n').length).toBe(5000)
  expect(text.startsWith('line 0 ')).toBe(true)
  expect(await proxy.exited).toBe(0)
})

test('stderr: a pipe whose reader sleeps does not stop the process', async () => {
  const reader = Bun.spawn(['sleep', '30'], { stdin: 'pipe', stdout: 'ignore', stderr: 'ignore' })
  const shell = `exec 3>&1; { exec "$0" -e "$1" 5000 2>&1 >&3 3>&-; } | { exec 3>&-; sleep 5; }`
  const proxy = Bun.spawn(['sh', '-c', shell, process.execPath, SCRIPT], { stdin: 'ignore', stdout: 'pipe' })
  const seen = await proxy.stdout.getReader().read()
  expect(Buffer.from(seen.value ?? []).toString()).toBe('still here')
  proxy.kill()
  reader.kill()
  await Promise.all([proxy.exited, reader.exited])
})

test('stderr: a closed pipe does not end the process', async () => {
  const shell = `exec 3>&1; { sleep 0.2; exec "$0" -e "$1" 100 2>&1 >&3 3>&-; } | { exec 3>&-; exec true; }`
  const proxy = Bun.spawn(['sh', '-c', shell, process.execPath, SCRIPT], { stdin: 'ignore', stdout: 'pipe' })
  expect(await new Response(proxy.stdout).text()).toBe('still here')
  await proxy.exited
})
