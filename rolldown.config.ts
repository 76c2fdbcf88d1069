import { defineConfig, type Plugin } from 'rolldown';

/**
 * Puts `dist/main.js` together, over what tsc left there: to find, read and compile a thousand small
 * files takes longer than all else that a start does. The other modules stay as tsc wrote them, for
 * whoever runs or imports one by itself.
 */

/**
 * The part of undici that speaks HTTP. Its index also runs `fetch`, WebSocket, caches and mocks, and has
 * Node load its own copy of them. An import that is not here fails the build.
 */
const undici = `
  import api from 'undici/lib/api/index.js';
  import errors from 'undici/lib/core/errors.js';
  import Agent from 'undici/lib/dispatcher/agent.js';
  import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';
  import Pool from 'undici/lib/dispatcher/pool.js';
  Object.assign(Dispatcher.prototype, api);
  export { Agent, errors, Pool };
`;

const narrowUndici: Plugin = {
  name: 'narrow-undici',
  resolveId: { filter: { id: /^undici$/ }, handler: () => '\0undici' },
  load: { filter: { id: /^\0undici$/ }, handler: () => undici },
};

export default defineConfig({
  input: { main: 'src/main.ts' },
  platform: 'node',
  // Nine megabytes that are loaded as they are, when somebody opens the page.
  external: ['@graphql-yoga/render-graphiql'],
  plugins: [narrowUndici],
  // Yoga's server asks whether its Request is the one of Node, which would load that: it never is.
  transform: { define: { 'globalThis.Request': 'undefined' } },
  output: {
    dir: 'dist',
    // Beside main.js, so that what is found from there is found from them, and named as no module is.
    chunkFileNames: ({ name }) => (name === 'packages' ? 'packages.mjs' : `main-${name}.js`),
    codeSplitting: { groups: [{ name: 'packages', test: /node_modules/, tags: ['$initial'] }] },
    comments: false,
    // A profile reads the map of the packages; a start does not, so it has no link.
    sourcemap: 'hidden',
    sourcemapExcludeSources: true,
    footer: ({ fileName, moduleIds }) =>
      moduleIds.some((id) => id.endsWith('.ts')) ? `//# sourceMappingURL=${fileName}.map` : '',
  },
  logLevel: 'warn',
});
