/** One wave of a random curve: how many units of x it takes to change, and how far it swings. */
export interface Wave {
  readonly period: number;
  readonly weight: number;
}

/** Random figures that depend on nothing but their arguments and the seed. */
export interface Noise {
  /** Evenly spread in [0, 1). */
  at(channel: string, id: number, index: number): number;
  /** A smooth curve over x, within plus and minus the sum of the weights. */
  curve(channel: string, id: number, x: number, waves: readonly Wave[]): number;
}

/** Random access, not a sequence: day 1,800 costs what day 1 costs, so history is never stored. */
export function createNoise(seed: string): Noise {
  const channels = new Map<string, number>();
  const hashOf = (channel: string): number => {
    const known = channels.get(channel);
    if (known !== undefined) return known;
    const hash = hashText(`${seed}\n${channel}`);
    channels.set(channel, hash);
    return hash;
  };
  const unit = (stream: number, index: number): number => mix(stream, index) / 0x1_0000_0000;

  return {
    at: (channel, id, index) => unit(mix(hashOf(channel), id), index),
    curve(channel, id, x, waves) {
      const stream = mix(hashOf(channel), id);
      let sum = 0;
      for (const [number, { period, weight }] of waves.entries()) {
        const position = x / period;
        const left = Math.floor(position);
        const wave = mix(stream, number);
        const from = unit(wave, left);
        const to = unit(wave, left + 1);
        const t = position - left;
        // Smoothstep: no kink where one stretch ends and the next begins.
        sum += weight * (2 * (from + (to - from) * t * t * (3 - 2 * t)) - 1);
      }
      return sum;
    },
  };
}

function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}

function mix(a: number, b: number): number {
  let hash = (a + Math.imul(b + 1, 0x9e3779b1)) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
