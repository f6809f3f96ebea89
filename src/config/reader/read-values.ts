/* Canonical message values as programs want them. Shared by both readers; trusts the decoder. */
import type { Json, Message } from '../../api/config.ts'
import { durationMs } from '../decode/duration.ts'

export function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** 64-bit integers, NaN and the infinities are strings in canonical JSON. */
export function numberOf(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return value
  return typeof value === 'string' ? Number(value) : undefined
}

export function bigintOf(value: Json | undefined): bigint | undefined {
  return typeof value === 'string' || typeof value === 'number' ? BigInt(value) : undefined
}

export function boolOf(value: Json | undefined): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined
}

export function durationOf(value: Json | undefined): number | undefined {
  return typeof value === 'string' ? durationMs(value) : undefined
}

export function bytesOf(value: Json | undefined): Uint8Array | undefined {
  return typeof value === 'string' ? Buffer.from(value, 'base64') : undefined
}

export function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : []
}

export function messageOf(value: Json | undefined): Message | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Message) : undefined
}

/** `type.googleapis.com/a.B` → `a.B`. */
export function typeNameOfUrl(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1)
}

/** The URL of an Any; undefined for an empty one. */
export function typeUrlOf(message: Message): string | undefined {
  return textOf(message['@type'])
}
