/** What both filters count, under `rbac.` and the prefixes for rules and shadow rules. */
import type { Counter, Scope } from '../../../../api/stats.ts'

export interface RbacStats {
  readonly allowed: Counter
  readonly denied: Counter
  readonly shadowAllowed: Counter
  readonly shadowDenied: Counter
  /** Counted where the rules have `track_per_rule_stats`. */
  policy(name: string, allowed: boolean): void
  shadowPolicy(name: string, allowed: boolean): void
}

/** Prefixes may end with a dot or not. */
export function createRbacStats(scope: Scope, rulesPrefix: string, shadowRulesPrefix: string): RbacStats {
  const rules = below(scope.scope('rbac.'), rulesPrefix)
  const shadow = below(scope.scope('rbac.'), shadowRulesPrefix)
  const policies = policyCounters(rules, '')
  const shadowPolicies = policyCounters(shadow, 'shadow_')
  return {
    allowed: rules.counter('allowed'),
    denied: rules.counter('denied'),
    shadowAllowed: shadow.counter('shadow_allowed'),
    shadowDenied: shadow.counter('shadow_denied'),
    policy: policies,
    shadowPolicy: shadowPolicies,
  }
}

function below(scope: Scope, prefix: string): Scope {
  if (prefix === '') return scope
  return scope.scope(prefix.endsWith('.') ? prefix : `${prefix}.`)
}

/** Made when a policy first decides. */
function policyCounters(scope: Scope, kind: '' | 'shadow_'): (name: string, allowed: boolean) => void {
  const counters = new Map<string, Counter>()
  return (name, allowed) => {
    const key = `policy.${name}.${kind}${allowed ? 'allowed' : 'denied'}`
    let counter = counters.get(key)
    if (counter === undefined) counters.set(key, (counter = scope.counter(key)))
    counter.inc()
  }
}
