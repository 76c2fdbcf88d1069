import { badUserInput } from '../errors.ts';
import { priced } from '../pricing/field-cost.ts';
import { builder } from './builder.ts';
import { readsPages } from './reads.ts';
import { sliceOf } from './pages.ts';
import { pageListSize } from './screen.ts';
import type { EndpointName } from '../upstreams/tokenmetrics/endpoints.ts';

/** The vendor's first generation of indices, known by a kind or by a theme instead of a number. */

export const BasketKind = builder.enumType('BasketKind', {
  description: 'The two baskets of the first generation of indices.',
  values: {
    TRADER: { value: 'trader', description: 'Daily, by trader grade.' },
    INVESTOR: { value: 'investor', description: 'Quarterly, by investor grade.' },
  } as const,
});

export const BasketBy = builder.inputType('BasketBy', {
  description: 'Exactly one way to name a basket.',
  isOneOf: true,
  fields: (t) => ({
    kind: t.field({ type: BasketKind, description: 'The whole basket of a kind.' }),
    theme: t.string({ description: 'The basket of a theme: `meme`.' }),
  }),
});

/** The upstream's parameter for a basket. */
export function basketQuery(
  { kind, theme }: { readonly kind?: 'trader' | 'investor' | null; readonly theme?: string | null },
  argument = 'by.theme',
): Record<string, string> {
  if (kind) return { type: kind };
  const name = theme?.trim() ?? '';
  if (!/^[\w .&-]{1,64}$/.test(name)) {
    throw badUserInput(argument, 'cannot be used: expected 1 to 64 letters, digits or spaces.');
  }
  return { indexName: name };
}

/** A page of a basket's list: by kind from one endpoint, by theme from another. */
export function basketCost(byKind: EndpointName, byTheme: EndpointName) {
  return priced({
    listSize: pageListSize,
    rateLimit: { limit: 120, duration: 60 },
    reads: (args, at) => {
      const { by } = args;
      const endpoint = typeof by === 'object' && by !== null && 'theme' in by ? byTheme : byKind;
      return readsPages(endpoint, () => sliceOf(args).pages.length)(args, at);
    },
  });
}
