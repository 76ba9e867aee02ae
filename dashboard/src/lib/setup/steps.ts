/** The first run, step by step: what is done, and what comes next. */
import type { Group, Setup } from '#lib/api/schema.d.ts';

export type StepName = 'token' | 'bot' | 'group' | 'rights' | 'guard';

export interface Step {
  name: StepName;
  title: string;
  /** Only one is *now*: the first that is not done. */
  state: 'done' | 'now' | 'later';
  /** What is known of a step that is done. */
  told: string;
}

type Seen = Pick<Setup, 'demo' | 'bot'>;

/** Whether a group is guarded, with all that it takes. */
export function isGuarded({ posture, missing_rights }: Group): boolean {
  return posture === 'guarding' && missing_rights.length === 0;
}

/** The group that the steps are about: the one that is nearest to being guarded. */
export function firstGroup(groups: Group[]): Group | null {
  const far = (group: Group) =>
    (group.rights_checked_at === null ? 4 : 0) +
    (group.missing_rights.length > 0 ? 2 : 0) +
    (group.posture === 'observing' ? 1 : 0);
  return groups.toSorted((a, b) => far(a) - far(b))[0] ?? null;
}

/** The groups of a demo are not the newcomer's own: nothing of them counts. */
export function stepsOf({ demo, bot }: Seen, groups: Group[]): Step[] {
  const group = demo ? null : firstGroup(groups);
  const hasRights = group?.rights_checked_at != null && group.missing_rights.length === 0;
  const known: { name: StepName; title: string; isDone: boolean; told: string }[] = [
    { name: 'token', title: 'Give the bot’s token', isDone: !demo, told: 'It is set.' },
    { name: 'bot', title: 'Telegram knows the bot', isDone: bot !== null, told: `It is @${bot}.` },
    {
      name: 'group',
      title: 'Add it to your group',
      isDone: group !== null,
      told: group?.title ?? ''
    },
    {
      name: 'rights',
      title: 'Give it its rights',
      isDone: hasRights,
      told: 'It may delete messages and ban users.'
    },
    {
      name: 'guard',
      title: 'Let it guard',
      isDone: group?.posture === 'guarding',
      told: 'Spam is deleted from now on.'
    }
  ];
  const now = known.findIndex(({ isDone }) => !isDone);
  return known.map(({ name, title, isDone, told }, index) => ({
    name,
    title,
    state: isDone ? 'done' : index === now ? 'now' : 'later',
    told: isDone ? told : ''
  }));
}
