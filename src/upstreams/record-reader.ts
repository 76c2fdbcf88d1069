/** Reads one value; `undefined` when it does not fit. */
export type Read<Value> = (value: unknown) => Value | undefined;

export type Fields = Readonly<Record<string, Read<unknown>>>;

/** What readers make of the fields of a record. */
export type Values<Named extends Fields> = {
  readonly [Name in keyof Named]: Named[Name] extends Read<infer Value> ? Value : never;
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** One field: what it is called here and how it is read. */
interface Slot {
  readonly name: string;
  readonly read: Read<unknown>;
  readonly bit: number;
  /** What it is where a record does not have it; `undefined` where there must be one. */
  readonly absent: unknown;
}

export interface RecordReader<Row> {
  (record: unknown): Row | undefined;
  /** Reads rows that have more than their record tells, the same for all of them. */
  readonly with: <More extends object>(more: More) => Read<Row & More>;
}

/** Whose value stands under a spelling; null for nobody's. */
interface Spelled {
  readonly spelling: string;
  readonly slot: Slot | null;
}

/** Each has a bit of a number; the last one is its sign. */
const fieldsMax = 31;

/** How many spellings are remembered: an upstream may make up names without end. */
const spellingsMax = 256;

/**
 * Reads records field by field; `nameOf` tells which spellings are one name, the first of which
 * counts. Fields nobody asked for are ignored.
 */
export function recordReader<Named extends Fields>(
  fields: Named,
  nameOf: (spelling: string) => string,
): RecordReader<Values<Named>> {
  type Row = Values<Named>;
  const slots = Object.entries(fields).map(([name, read], index): Slot => ({
    name,
    read,
    bit: 1 << index,
    absent: read(undefined),
  }));
  if (slots.length > fieldsMax) {
    throw new Error(`expected at most ${fieldsMax} fields, got ${slots.length}`);
  }
  const required = slots
    .filter(({ absent }) => absent === undefined)
    .reduce((bits, { bit }) => bits | bit, 0);
  const isWhole = <Whole extends Row>(_row: unknown, seen: number): _row is Whole =>
    (seen & required) === required;

  const absences = slots.map(({ name, absent }) => [name, absent] as const);
  const byName = new Map(slots.map((slot) => [nameOf(slot.name), slot]));
  const known = new Map<string, Spelled>();
  /** The fields of the last record in their order, which is nearly always that of the next one. */
  const expected: Spelled[] = [];

  function spelled(spelling: string): Spelled {
    const remembered = known.get(spelling);
    if (remembered !== undefined) return remembered;
    const found = { spelling, slot: byName.get(nameOf(spelling)) ?? null };
    if (known.size < spellingsMax) known.set(spelling, found);
    return found;
  }

  function readWith<More extends object>(more: More): Read<Row & More> {
    // Rows are copies of it: all are of one form, which none has to grow into field by field.
    const blank: Readonly<Record<string, unknown>> = Object.fromEntries([
      ...absences,
      ...Object.entries(more),
    ]);
    return (record) => {
      if (!isRecord(record)) return undefined;
      const row: Record<string, unknown> = { ...blank };
      let seen = 0;
      let at = 0;
      // Makes no list of them; records are what JSON says, and inherit nothing that counts.
      for (const key in record) {
        let field = expected[at];
        if (field?.spelling !== key) {
          field = spelled(key);
          if (at < spellingsMax) expected[at] = field;
        }
        at += 1;
        const { slot } = field;
        if (slot === null || (seen & slot.bit) !== 0) continue;
        const value = slot.read(record[key]);
        if (value === undefined) return undefined;
        row[slot.name] = value;
        seen |= slot.bit;
      }
      return isWhole<Row & More>(row, seen) ? row : undefined;
    };
  }

  return Object.assign(readWith({}), { with: readWith });
}
