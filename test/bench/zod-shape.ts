import { z } from 'zod';
import { canonicalName } from '../../src/upstreams/shape.ts';

/**
 * The readers of upstream values once more, as zod schemas: what `src/upstreams/shape.ts` must read
 * alike, and is measured against.
 */

const numeric = z.union([
  z.number(),
  z
    .string()
    .trim()
    .regex(/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i)
    .transform(Number)
    // `1e999` is Infinity, which no JSON answer can hold.
    .pipe(z.number()),
]);

const isoInstant =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,3})\d*)?(?:Z|\+00:?00)?)?$/;

function toInstant(text: string): string | undefined {
  const [, day, time = '00:00:00', fraction = ''] = isoInstant.exec(text.trim()) ?? [];
  if (day === undefined) return undefined;
  const ms = Date.parse(`${day}T${time}.${fraction.padEnd(3, '0')}Z`);
  if (Number.isNaN(ms)) return undefined;
  // `Date` reads 30 February as 2 March, and 24:00 as the next day.
  const instant = new Date(ms).toISOString();
  return instant.startsWith(day) ? instant : undefined;
}

const instant = z.string().transform((text, context) => {
  const parsed = toInstant(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: 'expected a UTC date' });
  return z.NEVER;
});

/** `null` stands for null, undefined and the blank string alike. */
function orNull<T extends z.ZodType>(type: T) {
  return z.preprocess(
    (value) =>
      value === undefined || (typeof value === 'string' && value.trim() === '') ? null : value,
    type.nullable(),
  );
}

export const shape = {
  number: numeric,
  numberOrNull: orNull(numeric),
  integer: numeric.pipe(z.number().int()),
  integerOrNull: orNull(numeric.pipe(z.number().int())),
  text: z.string().min(1),
  /** In upper case, whatever the endpoint: `/price` alone of its upstream says `btc`. */
  symbol: z
    .string()
    .min(1)
    .transform((text) => text.toUpperCase()),
  textOrNull: orNull(z.string()),
  /** A UTC instant, `2025-05-25T00:00:00.000Z`, from any of the upstreams' spellings. */
  instant,
  instantOrNull: orNull(instant),
  /** A UTC day, `2025-05-25`, from any of the upstreams' spellings. */
  day: instant.transform((text) => text.slice(0, 10)),
  dayOrNull: orNull(instant.transform((text) => text.slice(0, 10))),
  /** A link, or null for the upstream's `…/undefined`. */
  linkOrNull: orNull(z.string()).transform((link) =>
    link !== null && /^https?:\/\//.test(link) && !/\/undefined\/?$/.test(link) ? link : null,
  ),
  /** A list without the members that do not fit; null when there is none. */
  listOrNull<T extends z.ZodType>(member: T) {
    return z.preprocess(
      (value: unknown): unknown => (Array.isArray(value) ? value : null),
      z
        .array(z.unknown())
        .transform((values) => readable(values, member))
        .nullable(),
    );
  },
  /** The same, empty when there is none. */
  list<T extends z.ZodType>(member: T) {
    return shape.listOrNull(member).transform((values) => values ?? []);
  },
};

function readable<T extends z.ZodType>(values: readonly unknown[], member: T): z.output<T>[] {
  return values.flatMap((value) => {
    const parsed = member.safeParse(value);
    return parsed.success ? [parsed.data] : [];
  });
}

/** The row of a record, or `undefined` when it does not fit. */
export function zodParser<Fields extends z.ZodRawShape>(fields: Fields) {
  const object = z.object(fields);
  const names = new Map(Object.keys(fields).map((name) => [canonicalName(name), name]));
  return (raw: unknown): unknown => {
    if (typeof raw !== 'object' || raw === null) return undefined;
    const named: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(raw)) {
      const name = names.get(canonicalName(key));
      if (name !== undefined && !(name in named)) named[name] = value;
    }
    return object.safeParse(named).data;
  };
}
