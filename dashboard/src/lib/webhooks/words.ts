/** Webhooks in words. */
import type { Delivery, Webhook } from '#lib/api/schema.d.ts';

export type WebhookEvent = Webhook['events'][number];

export const EVENT_WORDS: Record<WebhookEvent, string> = {
  'outcome.punished': 'Somebody was punished, or a message deleted',
  'outcome.overturned': 'That was undone',
  'outcome.failed': 'That could not be done',
  'case.opened': 'A message waits for review',
  'group.rights_lost': 'The bot lost a right',
  'raid.begun': 'A raid began',
  'raid.ended': 'A raid ended'
};

export const EVENTS = Object.keys(EVENT_WORDS) as WebhookEvent[];

const ERROR_WORDS: Record<string, string> = {
  timeout: 'no answer within ten seconds',
  name: 'the name leads nowhere',
  connection: 'no connection',
  tls: 'its certificate is not valid',
  private_address: 'the name leads into a private network',
  sealed: 'its address was sealed with a key that is lost'
};

type Tried = Pick<Delivery, 'status' | 'error'>;

/** "status 204", "no answer within ten seconds"; empty where nothing was tried yet. */
export function answerWords({ status, error }: Tried): string {
  if (status !== null) return `status ${status}`;
  return error === null ? '' : (ERROR_WORDS[error] ?? error);
}

/** "arrived", "given up: status 500", "waits"; with the last try where there was one. */
export function deliveryWords(delivery: Pick<Delivery, 'state' | 'tries'> & Tried): string {
  if (delivery.state === 'delivered') return 'arrived';
  const last = answerWords(delivery);
  if (delivery.state === 'dead') return `given up: ${last}`;
  return last === '' ? 'waits' : `waits after ${delivery.tries} of 9 tries: ${last}`;
}

/** What stands between the address and its buttons. */
export function stateWords(webhook: Webhook): string {
  if (!webhook.is_on) {
    return webhook.off_because === 'failures'
      ? 'off: nothing arrived for three days'
      : 'off: nothing is sent';
  }
  return webhook.failing_since ? 'failing' : 'on';
}
