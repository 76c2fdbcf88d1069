/** How a parameter is read; what cannot be read so is refused with 400. */
export type Parameter =
  | { readonly kind: 'list'; readonly required?: boolean }
  | {
      readonly kind: 'integer';
      readonly min: number;
      readonly max: number;
      readonly otherwise?: number;
      readonly required?: boolean;
    }
  | { readonly kind: 'day'; readonly required?: boolean }
  | { readonly kind: 'minimum' }
  | { readonly kind: 'text'; readonly required?: boolean }
  | { readonly kind: 'choice'; readonly of: readonly string[]; readonly required?: boolean };

/** Members joined by commas, any of which may match. */
export const list = { kind: 'list' } as const;

/** Whatever it says. */
export const requiredText = { kind: 'text', required: true } as const;

/** `YYYY-MM-DD`. */
const day = { kind: 'day' } as const;

/** An inclusive lower bound. */
const minimum = { kind: 'minimum' } as const;

/** Every endpoint bears these, also those that do not document them. */
export const paging = {
  limit: { kind: 'integer', min: 1, max: 100, otherwise: 50 },
  page: { kind: 'integer', min: 1, max: Number.MAX_SAFE_INTEGER, otherwise: 1 },
} as const;

/** One id, not a list. */
export const oneId = {
  kind: 'integer',
  min: 0,
  max: Number.MAX_SAFE_INTEGER,
  required: true,
} as const;

/** Which portfolio the older index paths speak of. */
export const portfolioType = {
  kind: 'choice',
  of: ['trader', 'investor'],
  required: true,
} as const;

export const dates = { startDate: day, endDate: day } as const;

export const requiredDates = {
  startDate: { ...day, required: true },
  endDate: { ...day, required: true },
} as const;

export const sizes = { marketcap: minimum, volume: minimum, fdv: minimum } as const;

export const traderMinimums = { traderGrade: minimum, traderGradePercentChange: minimum } as const;

export const investorMinimums = { investorGrade: minimum } as const;

export const identity = { token_id: list, token_name: list, symbol: list } as const;

export const screen = { token_id: list, symbol: list, category: list, exchange: list } as const;
