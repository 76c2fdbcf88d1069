import { parseDay } from './data/day.ts';
import type { Parameter } from './parameters.ts';

/** A request's parameters, read. Days are day numbers. */
export interface Query {
  readonly lists: Readonly<Record<string, readonly string[]>>;
  readonly numbers: Readonly<Record<string, number>>;
  readonly choices: Readonly<Record<string, string>>;
  readonly texts: Readonly<Record<string, string>>;
}

/** Name to value; the values of a repeated name are joined like the members of a list. */
export function readQueryString(text: string): Record<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    const before = values.get(name);
    values.set(name, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(values);
}

/** The query, or undefined where the vendor answers 400. */
export function readQuery(
  values: Readonly<Record<string, string>>,
  parameters: Readonly<Record<string, Parameter>>,
  spanDaysMax: number,
): Query | undefined {
  const lists: Record<string, readonly string[]> = {};
  const numbers: Record<string, number> = {};
  const choices: Record<string, string> = {};
  const texts: Record<string, string> = {};

  for (const [name, parameter] of Object.entries(parameters)) {
    const text = values[name]?.trim() ?? '';
    if (text === '') {
      if ('required' in parameter && parameter.required === true) return undefined;
      if (parameter.kind === 'integer' && parameter.otherwise !== undefined) {
        numbers[name] = parameter.otherwise;
      }
      continue;
    }
    if (parameter.kind === 'list') {
      const members = text.split(',').map((member) => member.trim());
      lists[name] = members.filter((member) => member !== '');
    } else if (parameter.kind === 'choice') {
      if (!parameter.of.includes(text)) return undefined;
      choices[name] = text;
    } else if (parameter.kind === 'text') {
      texts[name] = text;
    } else {
      const number = readNumber(text, parameter);
      if (number === undefined) return undefined;
      numbers[name] = number;
    }
  }

  const { startDate, endDate } = numbers;
  if (startDate !== undefined && endDate !== undefined) {
    if (startDate > endDate || endDate - startDate > spanDaysMax) return undefined;
  }
  return { lists, numbers, choices, texts };
}

function readNumber(
  text: string,
  parameter: Extract<Parameter, { kind: 'integer' | 'day' | 'minimum' }>,
): number | undefined {
  if (parameter.kind === 'day') return parseDay(text);
  const number = Number(text);
  if (!Number.isFinite(number)) return undefined;
  if (parameter.kind === 'minimum') return number;
  const fits = /^\d+$/.test(text) && number >= parameter.min && number <= parameter.max;
  return fits ? number : undefined;
}
