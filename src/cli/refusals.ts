/*
 * Flags that Envoy knows and Nuncio cannot keep the promise of.
 */
import { OptionError } from './option-error.ts'
import type { ValueReaders } from './value-readers.ts'

export function refuseUnbuilt(flags: ValueReaders): void {
  const epoch = flags.number('restart-epoch', 0)
  if (epoch > 0 && flags.on('use-dynamic-base-id'))
    throw new OptionError(`error: cannot use --restart-epoch=${epoch} with --use-dynamic-base-id`)
  if (flags.on('enable-fine-grain-logging'))
    throw unbuilt('--enable-fine-grain-logging', 'log level for each source file')
}

function unbuilt(flag: string, feature: string): OptionError {
  return new OptionError(`error: ${flag} is not supported by Nuncio yet: it has no ${feature}`)
}
