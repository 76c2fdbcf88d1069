import DataLoader from 'dataloader';
import type { Tally } from '../../usage.ts';

/**
 * What is in memory and current is answered at once. All other keys of a tick are one batch and resolve
 * together: what is loaded behind them is then one batch again.
 */
export interface Loader<Key, Value> {
  /** The same answer for the same key as long as the operation lasts. */
  readonly load: (key: Key) => Value | Promise<Value>;
  /** Never rejects: a key that cannot be loaded has an error. */
  readonly loadMany: (
    keys: readonly Key[],
  ) => readonly (Value | Error)[] | Promise<readonly (Value | Error)[]>;
  /** What a key that was loaded before has come to, once that is known. */
  readonly known: (key: Key) => Value | Error | undefined;
}

interface LoaderOptions<Key, Value, Id> {
  readonly idOf: (key: Key) => Id;
  /** The answer, where nothing has to be waited for. */
  readonly see: (key: Key, nowMs: number) => Value | undefined;
  readonly now: () => number;
  readonly tally: Tally;
  readonly batch: Batch<Key, Value>;
}

type Batch<Key, Value> = (keys: readonly Key[]) => Promise<readonly (Value | Error)[]>;

export function createLoader<Key, Value, Id>({
  idOf,
  see,
  now,
  tally,
  batch,
}: LoaderOptions<Key, Value, Id>): Loader<Key, Value> {
  // Answers are remembered here, whether they were waited for or not.
  const answers = new Map<Id, Value | Place<Key, Value>>();
  let made: DataLoader<readonly Key[], readonly (Value | Error)[]> | undefined;
  // Of lists: a promise for each of their keys would cost more than all else that is done for it.
  const queue = () => (made ??= new DataLoader(inLists(batch), { cache: false }));

  /** The answer of a key that was asked for before, or its place among those that are loaded. */
  function remembered(key: Key): Value | Place<Key, Value> | undefined {
    const answer = answers.get(idOf(key));
    if (answer !== undefined) tally.repeats += 1;
    return answer;
  }

  /** The same of a key that was not. */
  function find(key: Key, nowMs: number, missing: List<Key, Value>): Value | Place<Key, Value> {
    const seen = see(key, nowMs);
    const answer = seen === undefined ? missing.add(key) : seen;
    answers.set(idOf(key), answer);
    return answer;
  }

  return {
    load(key) {
      const known = remembered(key);
      if (known !== undefined) return toldOf(known);
      const missing = new List<Key, Value>();
      const answer = find(key, now(), missing);
      missing.load(queue);
      return toldOf(answer);
    },

    loadMany(keys) {
      const nowMs = now();
      const missing = new List<Key, Value>();
      const answers = keys.map((key) => {
        const known = remembered(key);
        return known === undefined ? find(key, nowMs, missing) : known;
      });
      missing.load(queue);
      return valuesOf(answers);
    },

    known(key) {
      const answer = answers.get(idOf(key));
      return answer instanceof Place ? answer.value : answer;
    },
  };
}

type ListQueue<Key, Value> = () => DataLoader<readonly Key[], readonly (Value | Error)[]>;

/** Keys that are loaded together. */
class List<Key, Value> {
  readonly keys: Key[] = [];
  values: readonly (Value | Error)[] | undefined;
  arrived = Promise.resolve();

  add(key: Key): Place<Key, Value> {
    return new Place(this, this.keys.push(key) - 1);
  }

  load(queue: ListQueue<Key, Value>): void {
    if (this.keys.length === 0) return;
    this.arrived = queue()
      .load(this.keys)
      .then(
        (values) => void (this.values = values),
        (reason: unknown) => void (this.values = this.keys.map(() => asError(reason))),
      );
  }
}

/** Where the answer of a key is, or will be. */
class Place<Key, Value> {
  readonly list: List<Key, Value>;
  readonly #index: number;

  constructor(list: List<Key, Value>, index: number) {
    this.list = list;
    this.#index = index;
  }

  /** Undefined as long as it is waited for. */
  get value(): Value | Error | undefined {
    return this.list.values?.[this.#index];
  }

  told(): Value | Promise<Value> {
    const { value } = this;
    if (value === undefined) return this.list.arrived.then(() => this.told());
    return value instanceof Error ? Promise.reject(value) : value;
  }
}

function toldOf<Key, Value>(answer: Value | Place<Key, Value>): Value | Promise<Value> {
  return answer instanceof Place ? answer.told() : answer;
}

function valuesOf<Key, Value>(
  answers: readonly (Value | Place<Key, Value>)[],
): readonly (Value | Error)[] | Promise<readonly (Value | Error)[]> {
  const values: (Value | Error)[] = [];
  const awaited = new Set<Promise<void>>();
  for (const answer of answers) {
    const value = answer instanceof Place ? answer.value : answer;
    if (value !== undefined) values.push(value);
    else if (answer instanceof Place) awaited.add(answer.list.arrived);
  }
  if (awaited.size === 0) return values;
  return Promise.all(awaited).then(() => valuesOf(answers));
}

/** The same for lists of keys. */
function inLists<Key, Value>(batch: Batch<Key, Value>) {
  return async (lists: readonly (readonly Key[])[]) => {
    const keys = lists.flat();
    const values = await batch(keys);
    // Who waits for a key would wait for ever.
    if (values.length !== keys.length) throw new Error('a batch lost a key');
    let end = 0;
    return lists.map(({ length }) => values.slice(end, (end += length)));
  };
}

const asError = (reason: unknown) =>
  reason instanceof Error ? reason : new Error('thrown value is no Error');
