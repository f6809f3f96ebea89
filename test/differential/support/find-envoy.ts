const VERSION = '/1.40.'

/** The path of the real thing, of the release that is followed; undefined where there is none. */
export function findEnvoy(): string | undefined {
  const path = process.env['ENVOY'] ?? Bun.which('envoy') ?? undefined
  if (path === undefined) return undefined
  try {
    const { stdout } = Bun.spawnSync([path, '--version'])
    return stdout.toString().includes(VERSION) ? path : undefined
  } catch {
    return undefined
  }
}
