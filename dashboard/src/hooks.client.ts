/** Begins with what every page of the console needs first, while the page's own code is still on its way. */
import { token } from '#lib/api/session.ts';

const IN_THE_CONSOLE = !/^\/(sign-in|join)$/.test(location.pathname);

// Whoever asks meanwhile shares the answer; where the session has ended, they hear of it.
if (IN_THE_CONSOLE) token().catch(() => undefined);
