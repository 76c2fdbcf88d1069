import type { StoredKey, StoredKeys } from './record.ts';

/** What a store held when it was looked at; the same mark means the same keys. */
export interface Look {
  readonly mark: string;
  readonly keys: StoredKeys;
}

/** What is to be written, and what to tell who asked for it. */
export interface Edit<T> {
  readonly put: readonly StoredKey[];
  readonly result: T;
}

export interface KeyStore {
  /** Where keys are, in messages. */
  readonly place: string;
  /** Undefined while nothing changed since `mark`. Mistakes and outages are a `KeysError`. */
  readonly look: (mark?: string) => Promise<Look | undefined>;
  /** Edits what is there now, whole or not at all; `edit` runs again when another was first. */
  readonly change: <T>(edit: (keys: StoredKeys) => Edit<T>) => Promise<T>;
  /** Calls when something may have changed or came back; gives the way to end it. */
  readonly watch: (onChange: () => void) => () => void;
}
