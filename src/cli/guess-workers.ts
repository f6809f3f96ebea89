/** Asks for something else than a proxy that serves. */
const OTHER_PURPOSE = /(?:^|\s)(?:--version|--help|-h|--mode|--hot-restart-version)(?:[\s=]|$)/
const CONCURRENCY = /(?:^|\s)--concurrency[\s=]+(\d+)(?:\s|$)/
/** More than this many need no head start, and a slip of the finger no thousand threads. */
const MOST = 64

/**
 * How many workers these arguments will most likely ask for, at one look: threads are begun before the command line is
 * parsed, and a wrong guess costs a little time. 0 when the command serves nothing.
 */
export function guessWorkers(args: readonly string[], usableThreads: number): number {
  const [first] = args
  if (first === undefined || !first.startsWith('-')) return 0
  const text = args.join(' ')
  if (OTHER_PURPOSE.test(text)) return 0
  const asked = CONCURRENCY.exec(text)?.[1]
  return Math.min(Math.max(asked === undefined ? usableThreads : Number(asked), 1), MOST)
}
