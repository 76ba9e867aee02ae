// Prints how large all scripts and style sheets of the built dashboard are as Brotli sends them: the most that a first
// load can cost. Fails over the limit.
import { globSync, statSync } from 'node:fs';

const BUILT = '../src/chatwarden/api/static';
const LIMIT_KB = 162;

const sizes = { js: 0, css: 0 };
for (const kind of /** @type {const} */ (['js', 'css'])) {
  for (const file of globSync(`${BUILT}/**/*.${kind}.br`))
    sizes[kind] += statSync(file).size / 1000;
}
console.log(`${sizes.js.toFixed(1)} kB of JavaScript, ${sizes.css.toFixed(1)} kB of CSS (Brotli)`);
if (sizes.js === 0 || sizes.js > LIMIT_KB) {
  console.error(`Expected a built dashboard of at most ${LIMIT_KB} kB of JavaScript.`);
  process.exit(1);
}
