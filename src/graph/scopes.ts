/** What a plan or a token may be given beside what everybody may read. */
export const allScopes = ['analyst', 'reports'] as const;
export type Scope = (typeof allScopes)[number];

/** Options of a field that only callers with a scope may read; `priced` prints it in the SDL. */
export const requires = (scope: Scope) => ({ authScopes: { scope } });
