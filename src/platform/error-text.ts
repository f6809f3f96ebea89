/** Error numbers as the C library words them, as Envoy shows them to its users. */
import { constants } from 'node:os'
import { libc } from './libc.ts'

/** `Address already in use`. */
export function errorText(errno: number): string {
  return String(libc.strerror(errno) ?? `Unknown error ${errno}`)
}

/** The number behind a name such as `ECONNREFUSED`, or undefined. */
export function errorNumber(name: string): number | undefined {
  return (constants.errno as Readonly<Record<string, number>>)[name]
}

/** Text for a name; the name itself when the system does not know it. */
export function errorTextOf(name: string): string {
  const number = errorNumber(name)
  return number === undefined ? name : errorText(number)
}

const NAMES = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]))

/** `ECONNREFUSED`. */
export function errorName(errno: number): string {
  return NAMES.get(errno) ?? `E${errno}`
}
