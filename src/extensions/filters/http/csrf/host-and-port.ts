import { parseAbsoluteUrl } from '../../../../base/absolute-url.ts'

/** `host[:port]` of an absolute URL; any other text as it is. */
export function hostAndPort(text: string): string {
  return parseAbsoluteUrl(text)?.hostAndPort ?? text
}
