/* Deprecated fields warn, those that Envoy refuses by default are errors, work in progress warns. */
import type { FieldType, MessageType } from '../schema/schema-types.ts'
import type { MessageChecker } from './check-message.ts'

export interface DeprecationCounts {
  /** As often as Envoy's runtime is asked whether the field may be used, which is not there for the bootstrap itself. */
  deprecated: number
  /** As often as Envoy checks the message. */
  workInProgress: number
}

/** Reports at the current path. */
export function checkDeprecated(checker: MessageChecker, type: MessageType, field: FieldType): void {
  const file = type.file.slice(type.file.lastIndexOf('/') + 1)
  const what = `Using deprecated option '${type.name}.${field.name}' from file ${file}.`
  if (field.deprecated === 2 && checker.refusesUnavailable) {
    checker.log.report('NU110', `${what} Envoy 1.40 refuses it by default.`, { of: 'key' })
    return
  }
  checker.counts.deprecated += checker.asked
  const message = `Deprecated field: type ${type.name} ${what} This configuration will be removed from Envoy soon.`
  checker.log.report('NU111', message, { of: 'key', severity: 'warning' })
}

export function checkWorkInProgress(checker: MessageChecker, what: string): void {
  // That of the bootstrap itself needs no runtime.
  checker.counts.workInProgress += Math.max(1, checker.asked)
  checker.log.report('NU112', `${what} is marked as work-in-progress`, { of: 'key', severity: 'warning' })
}

/** An enum field left out whose zero value is refused. */
export function checkDisallowedDefault(checker: MessageChecker, type: MessageType, field: FieldType): void {
  const zero = checker.schema.requireEnum(field.typeName).byNumber.get(0)
  if (zero?.deprecated !== 2) return
  const message = `${field.name} must be set: its default, ${zero.name}, is no longer available (${type.name})`
  checker.log.report('NU110', message, {
    of: 'key',
    expected: field.name,
    severity: checker.refusesUnavailable ? 'error' : 'warning',
  })
}
