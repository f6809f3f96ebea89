/** The flags of a log pattern that print the time of the message, in local time. */
import { MONTHS, WEEKDAYS } from '../../base/calendar-names.ts'

/** What these flags read: whole seconds as a date, and what lies below the second. */
export interface LogTime {
  readonly date: Date
  /** 0 to 999,999,999. */
  readonly nanoseconds: number
}

export type TimeFlag = (time: LogTime) => string

export const TIME_FLAGS: Readonly<Record<string, TimeFlag>> = {
  a: ({ date }) => dayName(date).slice(0, 3),
  A: ({ date }) => dayName(date),
  b: ({ date }) => monthName(date).slice(0, 3),
  B: ({ date }) => monthName(date),
  c: ({ date }) => `${dayAndMonth(date)} ${date.getDate()} ${clock(date)} ${date.getFullYear()}`,
  C: ({ date }) => two(date.getFullYear() % 100),
  d: ({ date }) => two(date.getDate()),
  D: ({ date }) => shortDate(date),
  e: ({ nanoseconds }) => digits(Math.floor(nanoseconds / 1e6), 3),
  E: ({ date }) => String(Math.floor(date.getTime() / 1000)),
  f: ({ nanoseconds }) => digits(Math.floor(nanoseconds / 1e3), 6),
  F: ({ nanoseconds }) => digits(nanoseconds, 9),
  h: ({ date }) => monthName(date).slice(0, 3),
  H: ({ date }) => two(date.getHours()),
  I: ({ date }) => two(twelveHours(date)),
  m: ({ date }) => two(date.getMonth() + 1),
  M: ({ date }) => two(date.getMinutes()),
  p: ({ date }) => halfOfDay(date),
  r: ({ date }) => `${two(twelveHours(date))}:${two(date.getMinutes())}:${two(date.getSeconds())} ${halfOfDay(date)}`,
  R: ({ date }) => `${two(date.getHours())}:${two(date.getMinutes())}`,
  S: ({ date }) => two(date.getSeconds()),
  T: ({ date }) => clock(date),
  x: ({ date }) => shortDate(date),
  X: ({ date }) => clock(date),
  Y: ({ date }) => String(date.getFullYear()),
  z: ({ date }) => zoneOffset(date),
}

export function logTime(wallMs: number): LogTime {
  const seconds = Math.floor(wallMs / 1000)
  return { date: new Date(seconds * 1000), nanoseconds: Math.floor((wallMs - seconds * 1000) * 1000) * 1000 }
}

function dayName(date: Date): string {
  return WEEKDAYS[date.getDay()] ?? ''
}

function monthName(date: Date): string {
  return MONTHS[date.getMonth()] ?? ''
}

function dayAndMonth(date: Date): string {
  return `${dayName(date).slice(0, 3)} ${monthName(date).slice(0, 3)}`
}

function shortDate(date: Date): string {
  return `${two(date.getMonth() + 1)}/${two(date.getDate())}/${two(date.getFullYear() % 100)}`
}

function clock(date: Date): string {
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

function twelveHours(date: Date): number {
  const hours = date.getHours()
  // Noon is 12, but the hour after midnight prints as 00: so Envoy does.
  return hours > 12 ? hours - 12 : hours
}

function halfOfDay(date: Date): string {
  return date.getHours() >= 12 ? 'PM' : 'AM'
}

/** getTimezoneOffset counts minutes from here to UTC, the print from UTC to here. */
function zoneOffset(date: Date): string {
  const minutes = -date.getTimezoneOffset()
  const size = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value)
}

function digits(value: number, width: number): string {
  return String(value).padStart(width, '0')
}
