/** What differs between two policies, field by field, as the API's history tells it. */
import type { Policy, Rule, SignalSetting } from '#lib/api/schema.d.ts';

/** What a signal is set to that a policy does not mention. */
export const PLAIN: SignalSetting = { enabled: true, factor: 100 };

/** The paths of the fields that differ, sorted: `mute_days`, `signals.newness.factor`, `rules.casino`. */
export function changedFields(before: Policy, after: Policy): string[] {
  const [old, now] = [fields(before), fields(after)];
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((path) => old.get(path) !== now.get(path))
    .sort();
}

export function settingOf(policy: Policy, signal: string): SignalSetting {
  return (policy.signals as Record<string, SignalSetting | undefined>)[signal] ?? PLAIN;
}

/** Sets a signal; one that is set to what it is anyway is not mentioned. */
export function setSignal(policy: Policy, signal: string, setting: SignalSetting): void {
  const others = Object.entries(policy.signals).filter(([name]) => name !== signal);
  const isPlain = setting.enabled === PLAIN.enabled && setting.factor === PLAIN.factor;
  policy.signals = Object.fromEntries(isPlain ? others : [...others, [signal, setting]]);
}

/** What a signal adds at full strength under this setting, in milli-logits. */
export function weighed(weight: number, { enabled, factor }: SignalSetting): number {
  return enabled ? Math.trunc((weight * factor) / 100) : 0;
}

function fields(policy: Policy): Map<string, string> {
  const found = new Map<string, string>();
  const { rules, signals, ...rest } = policy;
  for (const rule of rules) found.set(`rules.${rule.id}`, canonical(rule));
  for (const signal of Object.keys(signals)) {
    for (const [name, value] of Object.entries(settingOf(policy, signal))) {
      if (value !== PLAIN[name as keyof SignalSetting]) {
        found.set(`signals.${signal}.${name}`, canonical(value));
      }
    }
  }
  walk(rest, '', found);
  return found;
}

function walk(value: object, path: string, found: Map<string, string>): void {
  for (const [name, part] of Object.entries(value) as [string, unknown][]) {
    if (typeof part === 'object' && part !== null && !Array.isArray(part)) {
      walk(part, `${path}${name}.`, found);
    } else found.set(path + name, canonical(part));
  }
}

/** The order of an object's fields says nothing. */
function canonical(value: Rule | unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part
  );
}
