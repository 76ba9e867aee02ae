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
  /** Where its database is. */
  data: string;
  stop: () => Promise<void>;
}

/** Starts `chatwarden run`, or the command of CHATWARDEN_E2E_COMMAND in its place, with these settings. */
export async function startProduct(settings: Record<string, string> = {}): Promise<Product> {
  const data = await mkdtemp(join(tmpdir(), 'chatwarden-e2e-'));
  const forget = () => rm(data, { recursive: true, force: true });
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
  return {
    link,
    data: home,
    linkFor: async (subject) => {
      const { stdout } = await promisify(execFile)(
        '.venv/bin/python',
        ['-m', 'tests.support.sign_in_link', home, subject],
        { cwd: ROOT }
      );
      return `${new URL(link).origin}/sign-in#link=${stdout.trim()}`;
    },
    stop: async () => {
      await running.stop();
      await forget();
    }
  };
}
