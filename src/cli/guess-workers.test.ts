import { describe, expect, test } from 'bun:test'
import { guessWorkers } from './guess-workers.ts'

describe('guessWorkers', () => {
  const cases: readonly [string, readonly string[], number][] = [
    ['as many as the machine has threads', ['-c', 'envoy.yaml'], 8],
    ['the flag and its value', ['-c', 'envoy.yaml', '--concurrency', '2'], 2],
    ['the flag with =', ['--concurrency=3', '-c', 'envoy.yaml'], 3],
    ['both in one element', ['-c', 'envoy.yaml', '--concurrency 4 -l info'], 4],
    ['zero means one', ['--concurrency', '0'], 1],
    ['not as many as a slip says', ['--concurrency', '100000'], 64],
    ['a version', ['--version'], 0],
    ['help', ['-c', 'envoy.yaml', '-h'], 0],
    ['a validation', ['--mode', 'validate', '-c', 'envoy.yaml'], 0],
    ['a validation with =', ['--mode=validate', '-c', 'envoy.yaml'], 0],
    ['a verb', ['validate', 'envoy.yaml'], 0],
    ['nothing', [], 0],
    ['a file whose name looks like a flag', ['-c', 'a--help.yaml'], 8],
  ]
  test.each(cases)('%s', (_, args, count) => {
    expect(guessWorkers(args, 8)).toBe(count)
  })
})
