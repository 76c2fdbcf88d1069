import { createHash } from 'node:crypto';
import { z } from 'zod';

/**
 * Lenient readers for upstream values: numbers that arrive as strings, dates in several spellings,
 * fields that are absent, null or empty. What cannot be read makes the row wrong, never the process.
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

/** One reading for `TM_GRADE_24h_PCT_CHANGE`, `tm_grade_24_h_pct_change` and `tmGrade24hPctChange`. */
export function canonicalName(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}

export interface RowParser<Row> {
  (raw: unknown): Row | undefined;
  /** Changes with the names of a row's fields. */
  readonly shape: string;
}

/**
 * Parses one upstream record into a row with camelCase names; `undefined` when it does not fit.
 * Fields nobody asked for are ignored.
 */
export function rowParser<Fields extends z.ZodRawShape>(
  fields: Fields,
): RowParser<z.output<z.ZodObject<Fields>>> {
  const object = z.object(fields);
  const names = new Map(Object.keys(fields).map((name) => [canonicalName(name), name]));
  const parse = (raw: unknown) => {
    if (typeof raw !== 'object' || raw === null) return undefined;
    const named: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(raw)) {
      const name = names.get(canonicalName(key));
      if (name !== undefined && !(name in named)) named[name] = value;
    }
    const parsed = object.safeParse(named);
    return parsed.success ? parsed.data : undefined;
  };
  const shape = createHash('sha256').update(Object.keys(fields).sort().join()).digest('hex');
  return Object.assign(parse, { shape: shape.slice(0, 8) });
}

/** The same rows with fields derived from theirs. */
export function derivedRow<Row, Derived>(
  parser: RowParser<Row>,
  derive: (row: Row) => Derived,
): RowParser<Derived> {
  const parse = (raw: unknown) => {
    const row = parser(raw);
    return row === undefined ? undefined : derive(row);
  };
  return Object.assign(parse, { shape: parser.shape });
}
