import { expect, test } from 'bun:test'
import { workerEntry } from './worker-entry.ts'

test.each([
  ['sources', 'file:///app/src/cli/main.ts', 'file:///app/src/cli/worker.ts'],
  ['package', 'file:///app/dist/main.js', 'file:///app/dist/worker.js'],
  ['executable', 'file:///$bunfs/root/nuncio', 'file:///$bunfs/root/worker.js'],
])('the worker’s file in the form of %s', (_, main, worker) => {
  expect(workerEntry(main).href).toBe(worker)
})
