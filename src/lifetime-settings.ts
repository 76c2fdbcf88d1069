import type { z } from 'zod';
import { chartsPath, endpoints } from './upstreams/tokenmetrics/endpoints.ts';
import type { LifetimeSeconds, LifetimeSettings } from './upstreams/tokenmetrics/lifetimes.ts';

const names = [...Object.values(endpoints).map(({ path }) => path), chartsPath].map((path) =>
  path.slice(1),
);
const lifetime = /^([\w-]+)=(\d{1,8})(?:\/(\d{1,8})(?:\/(\d{1,8}))?)?$/;

/**
 * `price=60`, `tm-grade=1800/600` or `tokens=86400/3600/604800`: for how many seconds a row is fresh,
 * then given out stale while it is fetched anew, then in place of one that cannot be had.
 */
export function readLifetimes(
  items: readonly string[],
  context: z.RefinementCtx,
): LifetimeSettings {
  const settings = new Map<string, LifetimeSeconds>();
  for (const item of items) {
    const [, name, fresh, revalidate, standIn] = lifetime.exec(item) ?? [];
    if (name === undefined) {
      context.addIssue({
        code: 'custom',
        message: `"${item}" is no lifetime: expected endpoint=fresh, endpoint=fresh/stale or endpoint=fresh/stale/stand-in, in seconds`,
      });
    } else if (!names.includes(name)) {
      context.addIssue({
        code: 'custom',
        message: `"${name}" is no endpoint: expected one of ${names.join(', ')}`,
      });
    } else {
      settings.set(`/${name}`, {
        fresh: Number(fresh),
        revalidate: revalidate === undefined ? undefined : Number(revalidate),
        standIn: standIn === undefined ? undefined : Number(standIn),
      });
    }
  }
  return settings;
}
