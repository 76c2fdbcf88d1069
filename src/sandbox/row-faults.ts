import type { Json, Row } from './endpoint.ts';
import type { Fault } from './faults.ts';
import type { Query } from './query.ts';

/** Ids from here on belong to no token of the data set. */
const firstStrangerId = 900_001;

/** The query as a server reads it that takes only the first of a list. */
export function narrowQuery(query: Query, { firstIdOnly }: Fault): Query {
  if (firstIdOnly !== true) return query;
  const lists = { ...query.lists };
  for (const name of ['token_id', 'symbol', 'token_name', 'slug']) {
    const members = lists[name];
    if (members !== undefined) lists[name] = members.slice(0, 1);
  }
  return { ...query, lists };
}

/** The rows as a server with that fault sends them. */
export function spoilRows(rows: readonly Row[], fault: Fault): readonly Row[] {
  let spoiled = rows;
  if (fault.duplicatedRows === true) spoiled = spoiled.flatMap((row) => [row, row]);
  const [first] = rows;
  if (fault.strangerRows !== undefined && first !== undefined) {
    const id = ['TOKEN_ID', 'token_id', 'ID', 'id'].find((name) => name in first) ?? 'TOKEN_ID';
    const strangers = Array.from({ length: fault.strangerRows }, (_, index) => ({
      ...first,
      [id]: firstStrangerId + index,
    }));
    spoiled = [...spoiled, ...strangers];
  }
  return fault.stringNumbers === true ? spoiled.map(withTexts) : spoiled;
}

function withTexts(row: Row): Row {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, asText(value)]));
}

function asText(value: Json): Json {
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return value.map(asText);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, asText(inner)]));
}
