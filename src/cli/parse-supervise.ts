/** The command line of `nuncio supervise`. What follows `--` is proved here, so that a typo ends before anything starts. */
import type { CommandLine } from '../api/options.ts'
import { OptionError } from './option-error.ts'

type ParseProxy = (flags: readonly string[]) => CommandLine

/** `argv` without the verb. Throws OptionError. */
export function parseSupervise(argv: readonly string[], parseProxy: ParseProxy): CommandLine {
  const cut = argv.indexOf('--')
  const own = cut < 0 ? argv : argv.slice(0, cut)
  const flags = cut < 0 ? [] : argv.slice(cut + 1)
  if (own.includes('--help') || own.includes('-h')) return { kind: 'exit', code: 0, stdout: `${USAGE}\n`, stderr: '' }
  const unknown = own.find((word) => word !== '--watch')
  if (unknown !== undefined) throw new OptionError(`error: nuncio supervise: ${unknown} is not known.\n${USAGE}`)
  if (flags.length === 0) throw new OptionError(`error: nuncio supervise wants the flags of the proxy.\n${USAGE}`)
  const proxy = parseProxy(flags)
  if (proxy.kind === 'exit') return proxy
  if (proxy.kind !== 'run' || proxy.options.mode !== 'serve') {
    throw new OptionError('error: nuncio supervise starts a proxy that serves, nothing else')
  }
  const { options } = proxy
  if (flags.some((flag) => /^--restart-epoch\b/.test(flag))) {
    throw new OptionError('error: nuncio supervise counts the epochs itself: leave --restart-epoch out')
  }
  if (options.disableHotRestart) throw new OptionError('error: nuncio supervise needs hot restart')
  const watch = own.includes('--watch')
  if (watch && options.configPath === '') throw new OptionError('error: nuncio supervise --watch wants a file: -c')
  const { configPath, useDynamicBaseId: dynamicBaseId } = options
  return { kind: 'supervise', watch, flags, configPath, dynamicBaseId }
}

const USAGE = 'Usage: nuncio supervise [--watch] -- -c <envoy.yaml> [flags]'
