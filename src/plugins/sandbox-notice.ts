import type { Plugin } from 'graphql-yoga';

/** Marks every response of a gateway whose data is invented. */
export function useSandboxNotice(): Plugin {
  return {
    onResponse({ response }) {
      response.headers.set('x-sandbox', 'assay; synthetic data');
    },
  };
}
