/** Looks over a browser's shoulder: whom its pages ask, and what they complain about. */
import { type BrowserContext } from '@playwright/test';

export interface Watch {
  /** Addresses of other hosts that were asked. */
  foreign: string[];
  /** What the browser printed as an error, and what was thrown and not caught. */
  complaints: string[];
}

/** From now on, in each page of the context. `link` is an address of the one host that may be asked. */
export function watching(context: BrowserContext, link: string): Watch {
  const { host } = new URL(link);
  const watch: Watch = { foreign: [], complaints: [] };
  context.on('request', (request) => {
    const url = new URL(request.url());
    if (url.host !== host && url.protocol !== 'data:') watch.foreign.push(url.href);
  });
  context.on('weberror', (error) => watch.complaints.push(error.error().message));
  context.on('console', (message) => {
    // A refused token is an answer like others; the browser counts it as an error.
    if (message.type() === 'error' && !message.text().includes('401')) {
      watch.complaints.push(message.text());
    }
  });
  return watch;
}
