import { toWireText } from '../../../../base/wire-text.ts'

/** Why a request or connection was refused, for logs: no blanks in the name of the policy. Wire text. */
export function denialDetails(policy: string): string {
  return `rbac_access_denied_matched_policy[${policy === '' ? 'none' : toWireText(policy).replace(/\s/g, '_')}]`
}
