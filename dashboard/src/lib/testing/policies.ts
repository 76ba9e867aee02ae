/** Policies for tests. */
import type { GroupPolicy, Policy, PolicyForm } from '#lib/api/schema.d.ts';

export function policy(changes: Partial<Policy> = {}): Policy {
  return {
    preset: 'standard',
    gate: { ask: 'suspicious', by: 'picture', minutes: 5, question: null },
    raid: { automatic: true, minutes: 15, joins: 'ask' },
    locks: { from_everyone: [], from_newcomers: [], newcomer_messages: 3 },
    night: {
      enabled: false,
      begins: '23:00',
      ends: '07:00',
      time_zone: 'UTC',
      from_everyone: [],
      from_newcomers: ['everything'],
      is_told: false
    },
    service_messages: [],
    shared_bans: true,
    signals: {},
    thresholds: { review: null, delete: null, challenge: null, mute: null, ban: null },
    mass_join_size: 15,
    mute_days: 7,
    ban_days: 30,
    text_threshold: { automatic: true, most_lower: 700, most_higher: 1000, shift: 0 },
    known_spam_days: 30,
    rules: [],
    ...changes
  };
}

export function groupPolicy(version: number, changes: Partial<Policy> = {}): GroupPolicy {
  return {
    version,
    made_at: '2026-11-20T09:00:00Z',
    made_by: 'operator',
    reason: '',
    policy: policy(changes)
  };
}

export const FORM: PolicyForm = {
  document_schema: {
    properties: {
      preset: { description: 'How strict.', $ref: '#/$defs/Preset' },
      mute_days: { description: 'Days.', type: 'integer', minimum: 1, maximum: 365 },
      kinds: { type: 'array', items: { $ref: '#/$defs/Preset' } },
      text_threshold: { $ref: '#/$defs/TextThreshold' }
    },
    $defs: {
      Preset: { oneOf: [{ const: 'gentle', description: 'Mild.' }] },
      TextThreshold: {
        properties: {
          automatic: { description: 'By itself.', type: 'boolean' },
          shift: { description: 'Where it stands.', type: 'integer', minimum: -1000 }
        }
      }
    }
  },
  presets: [{ preset: 'standard', bars: [{ name: 'delete', probability: 600 }] }]
};
