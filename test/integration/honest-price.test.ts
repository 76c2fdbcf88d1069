import { complexityFromQuery } from '@pothos/plugin-complexity';
import {
  getNamedType,
  type GraphQLSchema,
  isCompositeType,
  isIntrospectionType,
  isObjectType,
  parse,
  validate,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRateLimit } from '../../src/directives/rate-limit.ts';
import { buildSchema } from '../../src/graph/schema.ts';
import { sizeOf, weightOf } from '../../src/pricing/field-cost.ts';
import { createFieldDensities, priceWithoutRequests } from '../support/field-density.ts';
import { type Asked, operations, startUnlimited } from '../support/asked-operations.ts';
import { namesNothing } from '../support/operation-generator.ts';
import { rankCorrelation } from '../support/rank-correlation.ts';
import { recordingLog } from '../support/recording-log.ts';

/** `npm run test:abuse` asks more. */
const runs = Number(process.env['ABUSE_RUNS'] ?? 1000);
const warmRuns = Number(process.env['ABUSE_RUNS'] ?? 300);
const timeout = 60_000 + runs * 240;

/** An operation asked of a gateway that keeps no row. */
interface ColdlyAsked extends Asked {
  /** Requests that reached the upstream, by its own count. */
  readonly received: number;
  /** Of the answer's `data`. */
  readonly bytes: number;
}

let gateway: Awaited<ReturnType<typeof startUnlimited>>;
let densities: ReturnType<typeof createFieldDensities>;
const cold: ColdlyAsked[] = [];
beforeAll(async () => {
  gateway = await startUnlimited();
  densities = createFieldDensities(gateway.app.schema);
  for (const query of operations(gateway.app.schema, runs, 2)) {
    gateway.nextMinute();
    gateway.sandbox.clearRequests();
    const { data, ...asked } = await gateway.askPriced(query);
    densities.add(query, data);
    cold.push({
      ...{ ...asked, data: undefined, received: gateway.sandbox.requests.length },
      bytes: Buffer.byteLength(JSON.stringify(data)),
    });
  }
}, timeout);
afterAll(() => gateway.close());

const sumOf = (some: readonly Asked[]) => some.reduce((sum, { spent }) => sum + spent, 0);

/** The schema with our weights and sizes told in the words of Pothos' complexity plugin. */
function schemaForPothos(): GraphQLSchema {
  const { directive } = createRateLimit({ ...recordingLog(), identify: () => 'anyone' });
  const schema = buildSchema([directive]);
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isCompositeType(type) || isIntrospectionType(type) || !('getFields' in type)) continue;
    for (const field of Object.values(type.getFields())) {
      const weight = weightOf(field);
      const { listSize } = field.extensions.cost ?? {};
      const isObject = isObjectType(getNamedType(field.type)) || field.name.startsWith('node');
      const complexity = (args: Record<string, unknown>) => {
        const size = listSize === undefined ? 1 : sizeOf(listSize, args);
        const isConnection = listSize?.sizedFields !== undefined;
        return { field: isConnection ? weight : weight * size, multiplier: isObject ? size : 1 };
      };
      field.extensions = { ...field.extensions, complexity };
    }
  }
  return schema;
}

/** Fields that are priced for what they may be. */
const farOff: Readonly<Record<string, string>> = {
  'AiReport.traderReport': 'on reports of an older revision only, as long as the others there',
  'AiReport.technologyReport': 'on reports of an older revision only',
  'AiReport.fundamentalReport': 'on reports of an older revision only',
  'PricePrediction.forecasts': 'empty where there are scenarios, which the upstream decides',
};

describe('the price is honest', () => {
  it('generated operations are valid, so that the tests below test something', () => {
    const { schema } = gateway.app;
    const invalid = operations(schema, 200, 1).filter(
      (text) => validate(schema, parse(text)).length > 0,
    );
    expect(invalid).toEqual([]);
  });

  it('never spends more upstream requests than it estimated', () => {
    const dishonest = cold.filter(
      ({ estimated, spent, received }) => spent > estimated || received !== spent,
    );
    expect(dishonest).toEqual([]);
    const estimated = cold.reduce((sum, asked) => sum + asked.estimated, 0);
    console.info(`${runs} operations: ${sumOf(cold)} credits spent, ${estimated} estimated`);
    expect(sumOf(cold)).toBeGreaterThan(runs);
  });

  it('nor on rows that are kept and requests that are shared', { timeout }, async () => {
    const warm = await startUnlimited({ ROWS_MEMORY_MB: '256' });
    const together: Asked[] = [];
    const again: Asked[] = [];
    for (const query of operations(warm.app.schema, warmRuns, 2)) {
      warm.nextMinute();
      together.push(...(await Promise.all([warm.askPriced(query), warm.askPriced(query)])));
      again.push(await warm.askPriced(query));
    }
    await warm.close();
    const told = `twice at once ${sumOf(together).toFixed(1)} credits, once more ${sumOf(again)}`;
    console.info(`${warmRuns} operations: ${told}`);
    const isDishonest = ({ spent, estimated }: Asked) => spent > estimated;
    expect([...together, ...again].filter(isDishonest)).toEqual([]);
    // Rows were kept, but not all: otherwise this was the test above, or none.
    expect(sumOf(together)).toBeGreaterThan(warmRuns / 10);
    expect(sumOf(together)).toBeLessThan(sumOf(cold.slice(0, warmRuns)));
    expect(sumOf(again)).toBeLessThan(sumOf(together));
  });

  it('promises the requests of the longest list where points assume a short one', async () => {
    const query = '{ tokensBySymbol(symbol: "BTC") { chart { url } } }';
    const { extensions } = await gateway.ask(query, {}, { headers: { 'x-cost-dry-run': 'true' } });
    // Five tokens and their charts; a request for the symbol, one for the ranking, 20 for charts.
    expect(extensions.cost).toMatchObject({ points: 5 + 5 * 5, credits: { estimated: 22 } });
  });

  it('points grow with the size of the answer', () => {
    const correlationOf = (some: readonly ColdlyAsked[]) =>
      rankCorrelation(some.map(({ points, bytes }) => [points, bytes]));
    const found = cold.filter(({ query, codes }) => !namesNothing(query) && codes.length === 0);
    const [all, ofFound] = [correlationOf(cold), correlationOf(found)];
    const failed = cold.filter(({ codes }) => codes.length > 0).length;
    console.info(
      `rank correlation of points and bytes: ${all.toFixed(3)} over ${cold.length} operations, ` +
        `${failed} with errors; ${ofFound.toFixed(3)} over ${found.length} that name what exists`,
    );
    // No price can know that a token does not exist; it is paid for, and answered in 13 bytes.
    expect(all).toBeGreaterThanOrEqual(0.9);
    expect(ofFound).toBeGreaterThanOrEqual(0.93);
    expect(found.length).toBeGreaterThan(0.8 * runs);
  });

  it('no field has ten times more or fewer bytes a point than most have, but for a reason', () => {
    const all = densities.all();
    const median = all[Math.floor(all.length / 2)]?.bytesPerPoint ?? 0;
    const far = all.filter(
      ({ bytesPerPoint }) => bytesPerPoint > 10 * median || bytesPerPoint < median / 10,
    );
    const told = far.map((one) => `${one.field} ${one.bytesPerPoint.toFixed(1)}`).join();
    console.info(`${all.length} fields, ${median.toFixed(1)} bytes a point; far off: ${told}`);
    expect(all.length).toBeGreaterThan(100);
    expect(far.map(({ field }) => field).filter((field) => !(field in farOff))).toEqual([]);
  });

  it('ranks as the textbook does', () => {
    expect(rankCorrelation([[1, 10], [2, 20], [3, 30]])).toBe(1); // prettier-ignore
    expect(rankCorrelation([[1, 30], [2, 20], [3, 10]])).toBe(-1); // prettier-ignore
    // Ties share a rank: 0.5, 0.5, 2, 3 against 0, 1, 2, 3.
    expect(rankCorrelation([[1, 1], [1, 2], [2, 3], [3, 4]])).toBeCloseTo(4.5 / Math.sqrt(22.5)); // prettier-ignore
  });

  it("agrees with Pothos' own complexity on the points of any operation", () => {
    const schema = schemaForPothos();
    for (const query of operations(schema, 300, 3)) {
      const theirs = complexityFromQuery(query, { schema, ctx: {} }).complexity;
      expect([query, priceWithoutRequests(schema, query).points]).toEqual([query, theirs]);
    }
  });
});
