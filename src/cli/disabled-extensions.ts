/** --disable-extensions: what is named is as unknown to the configuration as if it had not been built in. */
import type { Extension } from '../api/extension.ts'
import type { OptionsNotice } from '../api/options.ts'

export interface RemainingExtensions {
  readonly extensions: readonly Extension[]
  readonly notices: readonly OptionsNotice[]
}

/** `names` are `category/name`; a wrong one is never fatal. */
export function withoutDisabled(extensions: readonly Extension[], names: readonly string[]): RemainingExtensions {
  const notices = names.flatMap((name) => {
    if (extensions.some((extension) => idOf(extension) === name)) return []
    return name.includes('/')
      ? [notice(69, `failed to disable unknown extension '${name}'`)]
      : [notice(62, `failed to disable invalid extension name '${name}'`)]
  })
  return { extensions: extensions.filter((extension) => !names.includes(idOf(extension))), notices }
}

function idOf(extension: Extension): string {
  return `${extension.category}/${extension.name}`
}

function notice(line: number, message: string): OptionsNotice {
  return { level: 'warning', source: `source/server/options_impl_base.cc:${line}`, message }
}
