/** The real product, started for the tests and ended after them: with its demo group, or guarding a group of theirs. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT, started } from './process.ts';

const LINK = /Sign in: (http\S+#link=\S+)/;

export interface Product {
  /** The one-time link that it printed. */
  link: string;
  /** Another one, for anybody: "user:5". */
  linkFor: (subject: string) => Promise<string>;
  /** Sets an update aside, as if it could not be judged. */
  setAside: (update: unknown) => Promise<void>;
  /** Where its database is. */
  data: string;
  stop: () => Promise<void>;
}

/**
 * Starts `chatwarden run`, or the command of CHATWARDEN_E2E_COMMAND in its place, with these settings. Without a token among them it guards the
 * demo group. What it keeps in a given folder outlives it.
 */
export async function startProduct(
  settings: Record<string, string> = {},
  folder?: string
): Promise<Product> {
  const data = folder ?? (await mkdtemp(join(tmpdir(), 'chatwarden-e2e-')));
  const forget = async () => {
    if (folder === undefined) await rm(data, { recursive: true, force: true });
  };
  const command = process.env.CHATWARDEN_E2E_COMMAND ?? '.venv/bin/chatwarden run';
  const running = await started(command, LINK, {
    CHATWARDEN_PORT: '0',
    CHATWARDEN_DATA_DIR: data,
    ...settings
  }).catch(async (error: unknown) => {
    await forget();
    throw error;
  });
  const { said: link } = running;
  const home = settings.CHATWARDEN_BOT_TOKEN === undefined ? join(data, 'demo') : data;
  const ask = async (script: string, argument: string) => {
    const options = ['-m', `tests.support.${script}`, home, argument];
    const { stdout } = await promisify(execFile)('.venv/bin/python', options, { cwd: ROOT });
    return stdout.trim();
  };
  return {
    link,
    data: home,
    linkFor: async (subject) =>
      `${new URL(link).origin}/sign-in#link=${await ask('sign_in_link', subject)}`,
    setAside: async (update) => {
      await ask('dead_letter', JSON.stringify(update));
    },
    stop: async () => {
      await running.stop();
      await forget();
    }
  };
}
