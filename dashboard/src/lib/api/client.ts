/** The generated client for whoever is signed in. */
import createClient from 'openapi-fetch';
import type { paths } from './schema.d.ts';
import { origin, token } from './session.ts';

export const api = createClient<paths>({ baseUrl: origin() });

api.use({
  async onRequest({ request }) {
    request.headers.set('Authorization', `Bearer ${await token()}`);
    return request;
  }
});
