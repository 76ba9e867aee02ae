/** The audit log in words. */
import type { AuditEvent } from '#lib/api/schema.d.ts';

export type AuditKind = AuditEvent['kind'];

const WORDS: Record<AuditKind, string> = {
  signed_in: 'signed in',
  signed_out_everywhere: 'signed out everywhere',
  posture_changed: 'changed the posture',
  policy_changed: 'changed the policy',
  language_changed: 'changed the language',
  cards_changed: 'changed where decisions are told',
  undone: 'undid an outcome',
  feedback_given: 'said what a message is',
  feedback_taken_back: 'took back what they had said',
  sender_undone: 'undid everything of a sender',
  sender_banned: 'banned a sender',
  sender_allowed: 'allowed a sender',
  sender_allowed_no_more: 'allows a sender no more',
  raid_begun: 'began a raid',
  raid_ended: 'ended a raid',
  invited: 'made an invitation',
  invitation_withdrawn: 'withdrew an invitation',
  joined_team: 'joined the team',
  left_team: 'removed somebody from the team',
  key_made: 'made an API key',
  key_rotated: 'rotated an API key',
  key_revoked: 'revoked an API key',
  webhook_made: 'added a webhook',
  webhook_changed: 'turned a webhook on or off',
  webhook_rotated: 'gave a webhook another secret',
  webhook_removed: 'removed a webhook',
  dead_letters_replayed: 'replayed dead letters',
  dead_letter_dropped: 'dropped a dead letter',
  person_exported: 'wrote down what is held about somebody',
  person_erased: 'erased somebody',
  workspace_erased: 'erased a workspace'
};

/** What may be asked for together. */
export const KINDS: { name: string; title: string; kinds: AuditKind[] }[] = [
  { name: 'all', title: 'Everything', kinds: [] },
  {
    name: 'decisions',
    title: 'Decisions',
    kinds: [
      'feedback_given',
      'feedback_taken_back',
      'undone',
      'sender_undone',
      'sender_banned',
      'sender_allowed',
      'sender_allowed_no_more',
      'raid_begun',
      'raid_ended'
    ]
  },
  {
    name: 'settings',
    title: 'Settings',
    kinds: ['posture_changed', 'policy_changed', 'language_changed', 'cards_changed']
  },
  {
    name: 'people',
    title: 'Team, keys, webhooks',
    kinds: [
      'invited',
      'invitation_withdrawn',
      'joined_team',
      'left_team',
      'key_made',
      'key_rotated',
      'key_revoked',
      'webhook_made',
      'webhook_changed',
      'webhook_rotated',
      'webhook_removed'
    ]
  },
  {
    name: 'deployment',
    title: 'Deployment',
    kinds: [
      'dead_letters_replayed',
      'dead_letter_dropped',
      'person_exported',
      'person_erased',
      'workspace_erased'
    ]
  },
  { name: 'sign-ins', title: 'Sign-ins', kinds: ['signed_in', 'signed_out_everywhere'] }
];

/** "called a message spam", "changed the policy to version 4". */
export function eventWords({ kind, detail, target }: AuditEvent): string {
  const told = (name: string) => (detail?.[name] === undefined ? '' : String(detail[name]));
  switch (kind) {
    case 'posture_changed':
      return told('posture') === 'guarding' ? 'let the group be guarded' : 'let it be only watched';
    case 'policy_changed':
      return `changed the policy to version ${told('version')}`;
    case 'feedback_given':
      return told('label') === 'spam' ? 'called a message spam' : 'called a message no spam';
    case 'raid_begun':
      return `began a raid for ${told('minutes')} minutes`;
    case 'signed_in':
      return `signed in by ${told('way') || 'link'}`;
    case 'invited':
      return `invited a ${told('role')}`;
    case 'joined_team':
      return `joined the team as ${told('role')}`;
    case 'left_team':
      return `took ${(target ?? '').replace(/^user:/, 'user ')} out of the team`;
    case 'dead_letters_replayed':
      return target === null
        ? `replayed ${told('letters')} dead letters`
        : 'replayed a dead letter';
    case 'key_made':
      return `made an API key for a ${told('role')}`;
    default:
      return WORDS[kind];
  }
}
