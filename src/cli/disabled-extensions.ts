/** --disable-extensions: what is named is as unknown to the configuration as if it had not been built in. */
import type { Extension } from '../api/extension.ts'
import type { OptionsNotice } from '../api/options.ts'

export interface RemainingExtensions {
  readonly extensions: readonly Extension[]
  readonly notices: readonly OptionsNotice[]
}

/** `names` are `category/name`; a wrong one is never fatal. */
export function withoutDisabled(extensions: readonly Extension[], names: readonly string[]): RemainingExtensions {
  const notices = names.map((name) => {
    if (extensions.some((extension) => idOf(extension) === name)) {
      return notice('info', 67, `disabled extension '${name}'`)
    }
    return name.includes('/')
      ? notice('warning', 69, `failed to disable unknown extension '${name}'`)
      : notice('warning', 62, `failed to disable invalid extension name '${name}'`)
  })
  return { extensions: extensions.filter((extension) => !names.includes(idOf(extension))), notices }
}

function idOf(extension: Extension): string {
  return `${extension.category}/${extension.name}`
}

function notice(level: OptionsNotice['level'], line: number, message: string): OptionsNotice {
  return { component: 'misc', level, source: `source/server/options_impl_base.cc:${line}`, message }
}
