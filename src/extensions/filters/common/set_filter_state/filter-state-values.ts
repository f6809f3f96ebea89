/** envoy.extensions.filters.common.set_filter_state.v3.FilterStateValue: objects made of what formats print. */
import type { FormatterContext } from '../../../../api/access-log.ts'
import type { Formatter } from '../../../../api/access-log.ts'
import type { Reader } from '../../../../api/config.ts'
import type { ParseContext } from '../../../../api/extension.ts'
import { fromWireText } from '../../../../base/wire-text.ts'
import { readSubstitutionFormat } from '../../../../formatter/substitution-format.ts'
import type { ObjectFactory } from './object-factories.ts'
import { FOREIGN_FACTORIES, OBJECT_FACTORIES } from './object-factories.ts'

export interface FilterStateValue {
  readonly key: string
  readonly make: ObjectFactory
  readonly formatter: Formatter
  readonly skipIfEmpty: boolean
  /** Whether for one upstream connection or beyond it makes no difference, as there are no internal ones. */
  readonly sharedWithUpstream: boolean
}

/** Without those that were reported to be wrong. */
export function readFilterStateValues(reader: Reader, field: string, context: ParseContext): FilterStateValue[] {
  return reader.messages(field, (value) => readValue(value, context)).filter((value) => value !== undefined)
}

function readValue(reader: Reader, context: ParseContext): FilterStateValue | undefined {
  const key = reader.string('object_key')
  const factory = reader.string('factory_key') === '' ? key : reader.string('factory_key')
  const format = reader.message('format_string', (text) => readSubstitutionFormat(text, context))
  const skipIfEmpty = reader.bool('skip_if_empty', false)
  reader.ignore('read_only', 'Envoy does not look at it any more')
  const sharedWithUpstream = reader.enumeration('shared_with_upstream', 'NONE') !== 'NONE'
  const make = Object.hasOwn(OBJECT_FACTORIES, factory) ? OBJECT_FACTORIES[factory] : undefined
  if (make !== undefined && format !== undefined) {
    return { key, make, formatter: format.formatter, skipIfEmpty, sharedWithUpstream }
  }
  if (FOREIGN_FACTORIES.has(factory)) {
    reader.error(undefined, 'NU123', `the filter state object ${factory} is not supported by Nuncio yet`)
  } else reader.error(undefined, 'NU185', `'${key}' does not have an object factory`)
  return undefined
}

export function setFilterState(values: readonly FilterStateValue[], context: FormatterContext): void {
  for (let i = 0; i < values.length; i++) {
    const { key, make, formatter, skipIfEmpty, sharedWithUpstream } = values[i]!
    const text = fromWireText(formatter.format(context))
    if (text === '' && skipIfEmpty) continue
    const object = make(text)
    if (object !== undefined) context.streamInfo.filterState.set(key, object, sharedWithUpstream)
  }
}
