/** `flags_path` of the bootstrap: files there by whose names an operator asks for something at the start. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from '../api/log.ts'

/** The proxy is to fail health checks from the start, until /healthcheck/ok. `flagsPath`: '' for none. */
export function startsInDrainMode(flagsPath: string, log: Logger): boolean {
  if (flagsPath === '') return false
  log.info('source/server/server.cc:1004', `server flags path: ${flagsPath}`)
  if (!existsSync(join(flagsPath, 'drain'))) return false
  log.info('source/server/server.cc:1006', 'starting server in drain mode')
  return true
}
