/** The real product with its demo group, started for the tests and ended after them. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const ROOT = resolve(import.meta.dirname, '../..');
const START_MS = 40_000;
const LINK = /Sign in: (http\S+#link=\S+)/;

export interface Product {
  /** The one-time link that it printed. */
  link: string;
  /** Another one, for anybody: "user:5". */
  linkFor: (subject: string) => Promise<string>;
  /** Sets an update aside, as if it could not be judged. */
  setAside: (update: unknown) => Promise<void>;
  stop: () => Promise<void>;
}

/** Starts `chatwarden run`, or the command of CHATWARDEN_E2E_COMMAND in its place. Without a token among the settings it guards the demo group. */
export async function startProduct(settings: Record<string, string> = {}): Promise<Product> {
  const data = await mkdtemp(join(tmpdir(), 'chatwarden-e2e-'));
  const command = process.env.CHATWARDEN_E2E_COMMAND ?? '.venv/bin/chatwarden run';
  const [program = '', ...options] = command.split(' ');
  const child = spawn(program, options, {
    cwd: ROOT,
    env: { ...process.env, ...settings, CHATWARDEN_PORT: '0', CHATWARDEN_DATA_DIR: data },
    stdio: ['ignore', 'pipe', 'pipe']
  });
  const stop = async () => {
    if (child.exitCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await rm(data, { recursive: true, force: true });
  };
  try {
    const link = await printedLink(child);
    const own = 'CHATWARDEN_BOT_TOKEN' in settings ? data : join(data, 'demo');
    const ask = async (script: string, argument: string) => {
      const command = ['-m', `tests.support.${script}`, own, argument];
      const { stdout } = await promisify(execFile)('.venv/bin/python', command, { cwd: ROOT });
      return stdout.trim();
    };
    const linkFor = async (subject: string) =>
      `${new URL(link).origin}/sign-in#link=${await ask('sign_in_link', subject)}`;
    const setAside = async (update: unknown) => {
      await ask('dead_letter', JSON.stringify(update));
    };
    return { link, linkFor, setAside, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function printedLink(child: ChildProcess): Promise<string> {
  return new Promise((found, failed) => {
    const said: string[] = [];
    const fail = (why: string) => failed(new Error(`${why}\n${said.slice(-20).join('\n')}`));
    const timer = setTimeout(() => fail('No sign-in link was printed in time.'), START_MS);
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (line) => {
        said.push(line);
        const link = LINK.exec(line)?.[1];
        if (!link) return;
        clearTimeout(timer);
        found(link);
      });
    }
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => fail(`The product ended with ${code} before it was ready.`));
  });
}
