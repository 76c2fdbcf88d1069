/** A claim this process holds on a key that is shared. */
interface Held {
  readonly token: string;
  readonly sinceMs: number;
}

export interface HeldClaimsOptions {
  readonly now: () => number;
  readonly renewEveryMs: number;
  /** Renewed for so long at most: what its holder forgot must not be kept from everybody. */
  readonly heldMaxMs: number;
  /** Renews the claims of one set; resolves with those that are lost. */
  readonly renew: (claims: ReadonlyMap<string, string>) => Promise<readonly string[]>;
}

/** The claims of this process, by set and claim key, renewed until they are let go. */
export function createHeldClaims(options: HeldClaimsOptions) {
  const { now, renewEveryMs, heldMaxMs, renew } = options;
  const sets = new Map<string, Map<string, Held>>();
  let timer: NodeJS.Timeout | undefined;

  function forget(tag: string, claimKey: string): void {
    const held = sets.get(tag);
    held?.delete(claimKey);
    if (held?.size === 0) sets.delete(tag);
    if (sets.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  async function renewSet(tag: string, held: ReadonlyMap<string, Held>): Promise<void> {
    for (const [key, { sinceMs }] of held) if (now() - sinceMs >= heldMaxMs) forget(tag, key);
    const tokens = new Map([...held].map(([key, { token }]) => [key, token]));
    if (tokens.size === 0) return;
    for (const key of await renew(tokens)) {
      // It may have been let go and claimed anew meanwhile.
      if (sets.get(tag)?.get(key)?.token === tokens.get(key)) forget(tag, key);
    }
  }

  /** Ends the renewal of those that are held, and tells their tokens. */
  function letGo(tag: string, claimKeys: Iterable<string>): ReadonlyMap<string, string> {
    const tokens = new Map<string, string>();
    for (const key of claimKeys) {
      const token = sets.get(tag)?.get(key)?.token;
      if (token === undefined) continue;
      tokens.set(key, token);
      forget(tag, key);
    }
    return tokens;
  }

  return {
    hold(tag: string, claimKeys: readonly string[], token: string): void {
      if (claimKeys.length === 0) return;
      const held = sets.get(tag) ?? new Map<string, Held>();
      for (const key of claimKeys) held.set(key, { token, sinceMs: now() });
      sets.set(tag, held);
      timer ??= setInterval(() => {
        for (const [set, claims] of sets) void renewSet(set, claims);
      }, renewEveryMs).unref();
    },

    letGo,

    /** Everything that is held, one map of claims per set; nothing is renewed any more. */
    letGoOfAll(): readonly ReadonlyMap<string, string>[] {
      return [...sets].map(([tag, held]) => letGo(tag, [...held.keys()]));
    },

    count: () => [...sets.values()].reduce((sum, { size }) => sum + size, 0),
  };
}
