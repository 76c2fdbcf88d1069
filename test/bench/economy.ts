import { ensureSystemPackages, redisPackage } from '../support/system-package.ts';
import { columnsOf, fullSize, type Line } from './economy-line.ts';
import { scenarios } from './economy-scenarios.ts';

/**
 * Prints what the gateway spends of its upstream's credits, case by case, against a floor that is
 * computed from what was asked; ends with 1 when a bound is broken. Needs a `redis-server`; traffic
 * to loopback only. Arguments name the cases to run; all without any.
 */
ensureSystemPackages([redisPackage]);
const wanted = process.argv.slice(2);
const known = Object.keys(scenarios);
if (!wanted.every((name) => known.includes(name))) {
  throw new Error(`expected names of cases: ${known.join(', ')}`);
}
const lines: Line[] = [];
for (const [name, scenario] of Object.entries(scenarios)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const startedAt = performance.now();
  process.stderr.write(`${name} … `);
  lines.push(...(await scenario(fullSize)));
  process.stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`);
}
process.stdout.write(`${columnsOf(lines)}\n`);
if (lines.some(({ isKept }) => isKept === false)) process.exitCode = 1;
