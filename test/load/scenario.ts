import type { Random } from '../support/random.ts';

/** One request, and how it is sent. */
export interface Asked {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty for a GET. */
  readonly body: string;
  /** In one piece, and waiting for the answer, unless told. */
  readonly manner?: Manner;
  /** What the client sends next when it is answered so. */
  readonly next?: { readonly outcome: string; readonly asked: Asked };
}

/** Pieces with pauses between them; gone before the answer; bytes that are no HTTP. */
export type Manner = 'slowly' | 'leaving' | 'garbage';

/** Something that clients do, how often, and all that may come of it. */
export interface Scenario {
  readonly name: string;
  /** Of all scenarios' together, its share of the requests. */
  readonly weight: number;
  /** As `outcomeOf` words them; anything else is a fault. */
  readonly outcomes: readonly string[];
  readonly ask: (random: Random) => Asked;
}

/** What clients know: made once, and told to the generator. */
export interface World {
  /** Ids of tokens, largest first. */
  readonly tokens: readonly string[];
  readonly published: readonly Operation[];
  readonly apollo: readonly Operation[];
  readonly relay: readonly Operation[];
  readonly keys: Keys;
}

export interface Keys {
  /** Callers whom nobody holds back. */
  readonly app: readonly string[];
  /** The same, who are the first to go without when credits run short. */
  readonly partner: readonly string[];
  /** One caller who asks for more than the plan allows. */
  readonly trial: string;
  /** Well made, and given to nobody. */
  readonly unknown: string;
}

export interface Operation {
  readonly id: string;
  readonly name: string;
  readonly text: string;
  /** Where `id` and `ids` are of tokens, others may stand there. */
  readonly variables: Readonly<Record<string, unknown>>;
}
