// Runs `npm ci` when what package-lock.json asks for is not what node_modules holds. On Node alone: it runs first.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

const reason = whatIsMissing()
if (reason !== undefined) {
  console.error(`installing dependencies (npm ci --ignore-scripts): ${reason}`)
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) process.exit(status ?? 1)
}

function whatIsMissing() {
  const wanted = packages('package-lock.json')
  const installed = packages('node_modules/.package-lock.json')
  if (installed === undefined) return 'there is no node_modules'
  for (const [path, entry] of Object.entries(wanted ?? {})) {
    if (path === '' || entry.optional) continue
    if (installed[path]?.version !== entry.version) return `${path} should be ${entry.version}`
    if (!existsSync(`${root}${path}/package.json`)) return `${path} is not there`
  }
  return undefined
}

function packages(file) {
  const path = root + file
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : undefined
}
