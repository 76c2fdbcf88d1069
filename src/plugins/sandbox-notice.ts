import type { Plugin } from 'graphql-yoga';

/** Says of an answer that its data is invented. */
export const sandboxNotice = ['x-sandbox', 'assay; synthetic data'] as const;

/** Marks every response of a gateway whose data is invented. */
export function useSandboxNotice(): Plugin {
  return {
    onResponse({ response }) {
      response.headers.set(...sandboxNotice);
    },
  };
}
