import { hash } from 'node:crypto';

import { getDirective } from '@graphql-tools/utils';
import {
  defaultFieldResolver,
  DirectiveLocation,
  GraphQLDirective,
  GraphQLError,
  GraphQLInt,
  GraphQLNonNull,
  type GraphQLSchema,
  isInterfaceType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { getSchemaCoordinate, rateLimitDirective } from 'graphql-rate-limit-directive';

import type { RedisClient } from '../redis/client.ts';
import { type InsuranceLog, insureCounters } from './insured-counters.ts';
import { createMemoryCounters } from './memory-counters.ts';
import type { PlannedUses } from './rate-counters.ts';
import { FieldRateLimiter, type FieldRateLimiterOptions } from './rate-limiter.ts';
import { createRedisCounters } from './redis-counters.ts';
import { createReservations, type Reserving } from './reservations.ts';
import { takeAtOnce, takePerTick } from './tick.ts';

export type RateLimitOptions<TContext> = {
  /** Shares the limits with all gateways of this Redis; without it each process has its own. */
  readonly redis?: RedisClient | undefined;
  readonly log: InsuranceLog;
  /** Who is counted. Two callers never share a counter, whatever their names look like. */
  readonly identify: (context: TContext) => string;
  /** The clock of the counters in memory, in milliseconds. */
  readonly now?: () => number;
};

export type RateLimitDirective<TContext> = {
  /** For `toSchema({ directives })`, so that the SDL defines what it uses. */
  readonly directive: GraphQLDirective;
  /** Puts the limits in front of the resolvers; throws on a limit that limits nothing. */
  readonly apply: (schema: GraphQLSchema) => GraphQLSchema;
  /**
   * Takes what an operation may use before it runs: all of it at once, in the round trip that its quota
   * takes anyway where there is one. Fields that are resolved more often than planned, or whose limit
   * has less left than was planned, ask for themselves. Never rejects.
   */
  readonly reserve: (
    context: TContext,
    planned: ReadonlyMap<string, PlannedUses>,
  ) => Promise<void> | undefined;
  /** Gives back what was reserved and not used. */
  readonly release: (context: TContext) => void;
};

const NAME = 'rateLimit';
/** The largest GraphQL `Int`. */
const INT_MAX = 2 ** 31 - 1;

/** `@rateLimit(limit, duration)`: how often each caller may have a field resolved. */
export function createRateLimit<TContext extends Reserving>({
  redis,
  log,
  identify,
  now,
}: RateLimitOptions<TContext>): RateLimitDirective<TContext> {
  const memory = createMemoryCounters(now && { now });
  const take = redis
    ? takePerTick(insureCounters(createRedisCounters(redis), memory, log))
    : takeAtOnce(memory);
  // The limit itself is named by the counter. No coordinate holds a space, so no caller's name spells
  // out another's key; a hash keeps it out of Redis.
  const keyOf = (context: TContext, coordinate: string) => {
    const key = `${coordinate} ${identify(context)}`;
    return redis ? hash('sha256', key, 'base64url') : key;
  };
  const reservations = createReservations<TContext>({ take, keyOf });
  const { rateLimitDirectiveTransformer } = rateLimitDirective<TContext, FieldRateLimiterOptions>({
    name: NAME,
    limiterClass: FieldRateLimiter,
    limiterOptions: { take },
    keyGenerator: (_limit, _source, _args, context, info) =>
      keyOf(context, getSchemaCoordinate(info)),
    onLimit: ({ msBeforeNext }, { limit, duration }, _source, _args, _context, info) => {
      throw refusal(getSchemaCoordinate(info), limit, duration, msBeforeNext);
    },
  });

  return {
    directive: createDirective(),
    apply: (schema) => {
      refuseUselessLimits(schema);
      return passReserved(schema, rateLimitDirectiveTransformer(schema), reservations.use);
    },
    reserve: reservations.reserve,
    release: reservations.release,
  };
}

/** Lets what was reserved go straight to the field's own resolver: no promise, nothing to ask. */
function passReserved<TContext>(
  schema: GraphQLSchema,
  limited: GraphQLSchema,
  use: (context: TContext, coordinate: string) => boolean,
): GraphQLSchema {
  for (const type of Object.values(limited.getTypeMap())) {
    const own = schema.getType(type.name);
    if (!isObjectType(type) || !isObjectType(own)) continue;
    for (const [name, field] of Object.entries(type.getFields())) {
      if (getDirective(limited, field, NAME) === undefined) continue;
      const { resolve = defaultFieldResolver } = own.getFields()[name] ?? {};
      const { resolve: resolveLimited = resolve } = field;
      const coordinate = `${type.name}.${name}`;
      field.resolve = (source, args, context: TContext, info) =>
        (use(context, coordinate) ? resolve : resolveLimited)(source, args, context, info);
    }
  }
  return limited;
}

function createDirective(): GraphQLDirective {
  const type = new GraphQLNonNull(GraphQLInt);
  return new GraphQLDirective({
    name: NAME,
    description:
      'Each caller may have this field resolved `limit` times within `duration` seconds of the first. ' +
      'Beyond that the field is null with a `RATE_LIMITED` error. Every list item and alias counts; ' +
      'an answer from a cache of whole responses does not.',
    locations: [DirectiveLocation.FIELD_DEFINITION],
    args: {
      limit: { type, description: 'Times the field may be resolved.' },
      duration: { type, description: 'Seconds until all of them are available again.' },
    },
  });
}

function refusal(
  coordinate: string,
  limit: number,
  durationSeconds: number,
  waitMs: number,
): GraphQLError {
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
  return new GraphQLError(
    `${coordinate} is limited to ${limit} per ${durationSeconds} s; try again in ${retryAfterSeconds} s.`,
    { extensions: { code: 'RATE_LIMITED', retryAfterSeconds, limit, durationSeconds, coordinate } },
  );
}

/** A NaN, a zero or a fraction would switch a limit off or refuse everyone, in silence. */
function refuseUselessLimits(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    if (getDirective(schema, type, NAME)) {
      throw new Error(`@${NAME} on type ${type.name}: put it on its fields.`);
    }
    for (const field of Object.values(type.getFields())) {
      const coordinate = `${type.name}.${field.name}`;
      const [limit, ...others] = getDirective(schema, field, NAME) ?? [];
      if (!limit) continue;
      refuseUseless(coordinate, 'limit', limit['limit']);
      refuseUseless(coordinate, 'duration', limit['duration']);
      if (isNonNullType(field.type)) {
        throw new Error(
          `@${NAME} on ${coordinate}: a refusal is null, so the field must be nullable.`,
        );
      }
      // The library would keep to the first and ignore the rest.
      if (others.some((other) => !isSameLimit(limit, other))) {
        throw new Error(`@${NAME} on ${coordinate}: one limit per field.`);
      }
    }
  }
}

function refuseUseless(coordinate: string, argument: string, value: unknown): void {
  if (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= INT_MAX) return;
  throw new Error(
    `@${NAME} on ${coordinate}: ${argument} must be a whole number from 1 to ${INT_MAX}, got ${String(value)}.`,
  );
}

type Arguments = Readonly<Record<string, unknown>>;

/** Pothos states a limit twice, as an extension and as a syntax node. */
function isSameLimit(one: Arguments, other: Arguments): boolean {
  return one['limit'] === other['limit'] && one['duration'] === other['duration'];
}
