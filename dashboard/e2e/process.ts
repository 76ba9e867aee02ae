/** A program of the product, from the line that says it is ready to its end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

export const ROOT = resolve(import.meta.dirname, '../..');
const START_MS = 120_000;

export interface Running {
  /** What the pattern's first group found in the line. */
  said: string;
  stop: () => Promise<void>;
}

/** Starts a command in the repository and waits until it prints a line that the pattern meets. Throws where it does not. */
export async function started(
  command: string,
  ready: RegExp,
  env: Record<string, string> = {}
): Promise<Running> {
  const [program = '', ...options] = command.split(' ');
  const child = spawn(program, options, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe']
  });
  const stop = async () => {
    if (child.exitCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  try {
    return { said: await printed(child, ready), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function printed(child: ChildProcess, ready: RegExp): Promise<string> {
  return new Promise((found, failed) => {
    const said: string[] = [];
    const fail = (why: string) => failed(new Error(`${why}\n${said.slice(-20).join('\n')}`));
    const timer = setTimeout(() => fail(`Nothing like ${ready} was printed in time.`), START_MS);
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (line) => {
        said.push(line);
        const match = ready.exec(line)?.[1];
        if (!match) return;
        clearTimeout(timer);
        found(match);
      });
    }
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => fail(`It ended with ${code} before it was ready.`));
  });
}
