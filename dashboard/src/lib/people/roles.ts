/** What a role lets somebody do in a group. The server decides; the screen offers only what it would allow. */
import type { Group } from '#lib/api/schema.d.ts';

export type Role = Group['role'];

const ORDER: Role[] = ['viewer', 'moderator', 'admin', 'owner', 'operator'];

export const ROLE_WORDS: Record<Role, { title: string; may: string }> = {
  viewer: { title: 'Viewer', may: 'sees everything, changes nothing' },
  moderator: { title: 'Moderator', may: 'decides: spam, not spam, undo, ban' },
  admin: { title: 'Admin', may: 'changes the policy and invites others too' },
  owner: { title: 'Owner', may: 'as an admin; owns the group in Telegram' },
  operator: { title: 'Operator', may: 'runs this deployment' }
};

export function isAtLeast(role: Role | null, least: Role): boolean {
  return role !== null && ORDER.indexOf(role) >= ORDER.indexOf(least);
}
