/** Stands in for the network in tests: answers by method and path, and keeps what was asked. A setup file of vitest. */
import type { Access } from '#lib/api/schema.d.ts';

type Answer = () => Response | Promise<Response>;

interface Network {
  answers: Record<string, Answer>;
  asked: Request[];
}

// The client takes `fetch` when it is made, so there is one for all tests of a file; what it answers changes.
const network: Network = ((globalThis as { network?: Network }).network ??= {
  answers: {},
  asked: []
});
globalThis.fetch = async (input, init) => {
  const request = new Request(input, init);
  network.asked.push(request);
  const answer = network.answers[`${request.method} ${new URL(request.url).pathname}`];
  if (!answer) throw new TypeError('no network');
  return answer();
};

/** From now on these answers and no others; the requests, as they come. */
export function serve(answers: Network['answers']): Request[] {
  network.answers = answers;
  network.asked = [];
  return network.asked;
}

export function access(token = 'fresh', minutes = 10): Access {
  const expires_at = new Date(Date.now() + minutes * 60_000).toISOString();
  return { access_token: token, token_type: 'Bearer', expires_at };
}

export function problem(status: number, code: string): Response {
  const body = { type: code, title: `title of ${code}`, hint: 'a hint', status, code };
  return Response.json(body, {
    status,
    headers: { 'content-type': 'application/problem+json' }
  });
}
