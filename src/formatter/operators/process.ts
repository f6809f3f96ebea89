/** Of the process: fixed when the format is compiled. */
import { hostname } from 'node:os'
import { toWireText } from '../../base/wire-text.ts'
import type { OperatorTable } from '../operator.ts'

export const PROCESS_OPERATORS: OperatorTable = {
  HOSTNAME: {
    parameters: 'none',
    truncates: false,
    compile: () => {
      const name = toWireText(hostname())
      return { text: () => name }
    },
  },
  ENVIRONMENT: {
    parameters: 'required',
    truncates: true,
    compile: (parameter) => {
      const value = process.env[parameter]
      if (value === undefined) return { text: () => '-', neverCut: true }
      const text = toWireText(value)
      return { text: () => text }
    },
  },
}
