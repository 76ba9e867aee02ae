// A signed-in console: nothing to render before the browser knows who looks.
export const ssr = false;
