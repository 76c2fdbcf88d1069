import type { Token } from './data/tokens.ts';
import type { World } from './endpoint.ts';
import type { Query } from './query.ts';

type Matcher = (token: Token) => boolean;

/** How each filter finds its tokens. Members of one are OR-ed, filters are AND-ed. */
const filters: Readonly<Record<string, (members: readonly string[]) => Matcher>> = {
  token_id: (members) => {
    const ids = new Set(members);
    return (token) => ids.has(String(token.id));
  },
  symbol: matchText((token) => [token.symbol]),
  token_name: matchText((token) => [token.name]),
  slug: matchText((token) => [token.slug]),
  category: matchText((token) =>
    token.categories.flatMap((category) => [category.category_slug, category.category_name]),
  ),
  exchange: matchText((token) => (token.exchanges ?? []).map((exchange) => exchange.exchange_id)),
  blockchain_address: matchText((token) =>
    Object.entries(token.addresses).map(([chain, address]) => `${chain}:${address}`),
  ),
};

/** The tokens a query asks for, greatest market cap first. */
export function selectTokens({ lists }: Query, { data, missing }: World): readonly Token[] {
  const matchers = Object.entries(lists).flatMap(([name, members]) => {
    const filter = filters[name];
    return filter === undefined ? [] : [filter(members)];
  });
  return data.tokens.filter(
    (token) => !missing.has(token.id) && matchers.every((matches) => matches(token)),
  );
}

function matchText(texts: (token: Token) => readonly string[]) {
  return (members: readonly string[]): Matcher => {
    const wanted = new Set(members.map((member) => member.toLowerCase()));
    return (token) => texts(token).some((text) => wanted.has(text.toLowerCase()));
  };
}
