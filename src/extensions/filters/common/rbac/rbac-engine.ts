/** envoy.config.rbac.v3.RBAC, or a matcher tree with envoy.config.rbac.v3.Action: who may pass. */
import type { AnyReader, Reader } from '../../../../api/config.ts'
import type { CelExpression } from '../../../../cel/compile-cel.ts'
import { readCelExpr, readCelOptions } from '../../../../config/cel-config.ts'
import type { MatchTreeDeps } from '../../../../config/matchers/tree/match-tree.ts'
import { readMatchTree, refuseAction } from '../../../../config/matchers/tree/read-match-tree.ts'
import { LastAddress } from './last-address.ts'
import { readPermission } from './permission.ts'
import { readPrincipal } from './principal.ts'
import type { RbacRule, RbacSubject } from './rbac-subject.ts'
import type { RbacRuleOptions } from './shared-rules.ts'
import { anyOf } from './shared-rules.ts'

export interface RbacDecision {
  readonly allowed: boolean
  /** The policy (or action) that matched; '' for none. */
  readonly policy: string
  /** Whether to log this; undefined where the rules have no word on it. */
  readonly log: boolean | undefined
}

export interface RbacEngine {
  decide(subject: RbacSubject): RbacDecision
  /** Before the first decision; once more does nothing. */
  bind(deps: MatchTreeDeps): void
}

type RbacAction = 'ALLOW' | 'DENY' | 'LOG'

export interface RbacEngineOptions extends Pick<RbacRuleOptions, 'ofConnections'> {
  /** Why a matcher may not have an input of this type. */
  readonly refusedInput: (typeName: string) => string | undefined
}

/** `prefix` is '' or `shadow_`: a matcher goes before rules. Undefined when there is neither. */
export function readEngine(reader: Reader, prefix: '' | 'shadow_', options: RbacEngineOptions): RbacEngine | undefined {
  const rules = `${prefix}rules`
  const matcher = reader.message(`${prefix}matcher`, (tree) => readMatcherEngine(tree, options))
  if (matcher === undefined)
    return reader.message(rules, (rbac) => readRulesEngine(rbac, { ...options, lastAddress: new LastAddress() }))
  if (reader.has(rules)) reader.ignore(rules, 'the matcher is used instead')
  return matcher
}

interface Policy {
  readonly matches: RbacRule
  readonly decision: RbacDecision
}

function readRulesEngine(reader: Reader, options: RbacRuleOptions): RbacEngine {
  const action = reader.enumeration<RbacAction>('action', 'ALLOW')
  reader.ignore('audit_logging_options', 'these loggers are for gRPC servers, Envoy has none')
  const policies: Policy[] = Array.from(reader.map('policies', (policy) => readPolicy(policy, options)))
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map(([name, matches]) => ({
      matches,
      decision: { allowed: action !== 'DENY', policy: name, log: action === 'LOG' ? true : undefined },
    }))
  const otherwise: RbacDecision = { allowed: action !== 'ALLOW', policy: '', log: action === 'LOG' ? false : undefined }
  return {
    decide: (subject) => {
      for (let i = 0; i < policies.length; i++) if (policies[i]!.matches(subject)) return policies[i]!.decision
      return otherwise
    },
    bind: () => {},
  }
}

function readPolicy(reader: Reader, options: RbacRuleOptions): RbacRule {
  const permissions = anyOf(reader.messages('permissions', (permission) => readPermission(permission, options)))
  const principals = anyOf(reader.messages('principals', (principal) => readPrincipal(principal, options)))
  const condition = readCondition(reader)
  if (condition === undefined) return (subject) => permissions(subject) && principals(subject)
  return (subject) => permissions(subject) && principals(subject) && condition.matches(subject)
}

function readCondition(reader: Reader): CelExpression | undefined {
  const cel = reader.message('cel_config', readCelOptions)
  if (reader.has('checked_condition')) reader.ignore('checked_condition', 'Envoy does not evaluate it')
  return readCelExpr(reader, 'condition', cel)
}

/** With and without a word on logging, which depends on whether there is a LOG action anywhere in the tree. */
interface MatcherAction {
  readonly plain: RbacDecision
  readonly logging: RbacDecision
}

function matcherAction(name: string, action: RbacAction): MatcherAction {
  const decision = { allowed: action !== 'DENY', policy: name }
  return { plain: { ...decision, log: undefined }, logging: { ...decision, log: action === 'LOG' } }
}

const MATCHER_MISS: RbacDecision = { allowed: false, policy: '', log: undefined }

function readMatcherEngine(reader: Reader, options: RbacEngineOptions): RbacEngine {
  let logs = false
  const readAction = (any: AnyReader, at: Reader): MatcherAction | undefined => {
    if (any.typeName !== 'envoy.config.rbac.v3.Action') return refuseAction(at, any)
    const action = any.reader.enumeration<RbacAction>('action', 'ALLOW')
    if (action === 'LOG') logs = true
    return matcherAction(any.reader.string('name'), action)
  }
  const tree = readMatchTree(reader, { inputs: 'http', refusedInput: options.refusedInput, readAction })
  let bound = false
  return {
    decide: (subject) => {
      const result = tree.match(subject)
      if (result.kind !== 'match') return MATCHER_MISS
      return logs ? result.action.logging : result.action.plain
    },
    bind: (deps) => {
      if (!bound) tree.bind(deps)
      bound = true
    },
  }
}

export function bindEngines(engines: readonly (RbacEngine | undefined)[], deps: MatchTreeDeps): void {
  for (const engine of engines) engine?.bind(deps)
}
