/** A Telegram of the tests' own, without a group: `chatwarden simulator`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
const START_MS = 30_000;
const LOOK_MS = 50;

export const TOKEN = '42:TEST';
export const BOT_ID = 42;

export interface Simulator {
  address: string;
  /** Directs it: docs/guides/simulator.md. */
  control: (operation: string, body: unknown) => Promise<unknown>;
  stop: () => Promise<void>;
}

export async function startSimulator(): Promise<Simulator> {
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const child = spawn(
    '.venv/bin/chatwarden',
    ['simulator', '--port', String(port), '--token', TOKEN],
    { cwd: ROOT, stdio: 'ignore' }
  );
  const stop = async () => {
    if (child.exitCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  const control = async (operation: string, body: unknown) => {
    const answer = await fetch(`${address}/control/${operation}`, {
      method: 'POST',
      body: JSON.stringify(body)
    });
    const told: unknown = await answer.json();
    if (!answer.ok) throw new Error(`${operation}: ${JSON.stringify(told)}`);
    return told;
  };
  const until = Date.now() + START_MS;
  while (!(await answers(address))) {
    if (Date.now() > until || child.exitCode !== null) {
      await stop();
      throw new Error('The simulator did not start.');
    }
    await new Promise((later) => setTimeout(later, LOOK_MS));
  }
  return { address, control, stop };
}

async function answers(address: string): Promise<boolean> {
  return fetch(`${address}/control/clock`).then(
    ({ ok }) => ok,
    () => false
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const found = server.address();
  server.close();
  await once(server, 'close');
  if (found === null || typeof found === 'string') throw new Error('no port');
  return found.port;
}
