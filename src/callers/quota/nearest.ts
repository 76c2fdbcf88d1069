interface Offer<T> {
  readonly share: number;
  /** How many came before it. */
  readonly at: number;
  readonly value: T;
}

/** Keeps the `max` of the greatest share among all that are offered, among equals those offered first. */
export function createNearest<T>(max: number) {
  // A heap with the first to be given up on top: who is offered last is compared with one, not with all.
  const heap: Offer<T>[] = [];
  let offers = 0;

  /** Negative where `a` is given up before `b`. */
  const order = (a: Offer<T>, b: Offer<T>) => a.share - b.share || b.at - a.at;

  const rise = (from: number, offer: Offer<T>) => {
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || order(parent, offer) <= 0) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = offer;
  };

  const sink = (offer: Offer<T>) => {
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      let child = heap[below];
      const other = heap[below + 1];
      if (child !== undefined && other !== undefined && order(other, child) < 0) {
        [child, below] = [other, below + 1];
      }
      if (child === undefined || order(offer, child) <= 0) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = offer;
  };

  return {
    offer: (share: number, value: T): void => {
      offers += 1;
      const last = heap[0];
      if (heap.length < max) rise(heap.length, { share, at: offers, value });
      else if (last !== undefined && share > last.share) sink({ share, at: offers, value });
    },
    /** The nearest first. */
    list: (): readonly { readonly share: number; readonly value: T }[] =>
      heap.toSorted((a, b) => order(b, a)),
  };
}
