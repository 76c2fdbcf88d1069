import type { Caller } from '../callers/caller.ts';
import type { Plan } from '../callers/plan.ts';
import type { Meter } from '../callers/quota/allowance.ts';
import type { GraphContext } from '../context.ts';
import { priced } from '../pricing/field-cost.ts';
import { builder } from './builder.ts';

/** What a caller may use of something in a while. */
interface Quota extends Meter {
  readonly resetAtMs: number;
}

const QuotaRef = builder.objectRef<Quota>('Quota').implement({
  description: 'How much of something a caller may use, and how much is left.',
  fields: (t) => ({
    limit: t.exposeFloat('limit', {
      nullable: false,
      description: 'What the plan allows within the time.',
    }),
    remaining: t.exposeFloat('remaining', {
      nullable: false,
      description: 'What is left, this operation taken off.',
    }),
    resetAt: t.field({
      type: 'DateTime',
      nullable: false,
      description: 'When all of it is there again, if nothing else is used.',
      resolve: ({ resetAtMs }) => resetAtMs,
    }),
  }),
});

const Documents = builder.enumType('DocumentsMode', {
  description: 'Which documents are run.',
  values: {
    OPEN: { value: 'open', description: 'Any document.' },
    APQ: { value: 'apq', description: 'Documents sent with their hash, and those of manifests.' },
    TRUSTED: { value: 'trusted', description: 'Documents of manifests only.' },
  } as const,
});

const PlanRef = builder.objectRef<Plan>('Plan').implement({
  description: 'What a caller may do. A limit that is null does not exist.',
  fields: (t) => ({
    name: t.exposeString('name', { nullable: false, description: 'What the plan is called.' }),
    requestsPerMinute: t.exposeInt('requestsPerMinute', { description: 'Operations a minute.' }),
    pointsPerMinute: t.exposeInt('pointsPerMinute', {
      description: 'Points that operations may cost in a minute.',
    }),
    creditsPerMonth: t.exposeInt('creditsPerMonth', {
      description: 'Upstream requests that operations may cost in a UTC month.',
    }),
    operationPoints: t.int({
      nullable: false,
      description: 'Points one operation may cost.',
      resolve: ({ operation }) => operation.pointsMax,
    }),
    operationCredits: t.int({
      nullable: false,
      description: 'Upstream requests one operation may need.',
      resolve: ({ operation }) => operation.creditsMax,
    }),
    operationDepth: t.int({
      nullable: false,
      description: 'Levels of fields one operation may have.',
      resolve: ({ operation }) => operation.depthMax,
    }),
    pageSize: t.exposeInt('pageSizeMax', {
      nullable: false,
      description: 'The largest `first` of a connection.',
    }),
    historyDays: t.exposeInt('historyDaysMax', {
      description: 'How many days back series may go.',
    }),
    documents: t.field({
      type: Documents,
      nullable: false,
      description: 'Which documents are run.',
      resolve: ({ documents }) => documents,
    }),
    introspection: t.exposeBoolean('introspection', {
      nullable: false,
      description: 'Whether the schema may be asked for.',
    }),
    scopes: t.exposeStringList('scopes', {
      nullable: false,
      description: 'What fields marked with scopes may be read.',
    }),
  }),
});

const Viewer = builder.objectRef<Caller>('Viewer').implement({
  description: 'Who asks, as the gateway knows them.',
  fields: (t) => ({
    id: t.exposeString('id', {
      nullable: false,
      description: 'The kind of credential and what tells it from others; never a secret.',
    }),
    plan: t.field({
      type: PlanRef,
      nullable: false,
      description: 'What the caller may do.',
      resolve: ({ plan }) => plan,
    }),
    scopes: t.stringList({
      nullable: false,
      description: 'What of the fields marked with scopes the caller may read.',
      resolve: ({ scopes }) => [...scopes].sort(),
    }),
    requests: t.field({
      type: QuotaRef,
      description: 'Operations this minute; null without a limit.',
      resolve: (_caller, _args, context) => quotaOf(context, 'requests'),
    }),
    points: t.field({
      type: QuotaRef,
      description: 'Points this minute; null without a limit.',
      resolve: (_caller, _args, context) => quotaOf(context, 'points'),
    }),
    credits: t.field({
      type: QuotaRef,
      description: 'Upstream requests this UTC month; null without a limit.',
      resolve: (_caller, _args, context) => quotaOf(context, 'credits'),
    }),
  }),
});

function quotaOf(
  { quota, nowMs }: GraphContext,
  name: 'requests' | 'points' | 'credits',
): Quota | null {
  const meter = quota.charge?.[name];
  return meter === undefined ? null : { ...meter, resetAtMs: nowMs + meter.resetSeconds * 1000 };
}

builder.queryField('viewer', (t) =>
  t.field({
    type: Viewer,
    nullable: false,
    description: 'Who asks, what they may do and what they have left of it.',
    ...priced({ weight: 0 }),
    resolve: (_root, _args, { caller, quota }) => {
      quota.isTold = true;
      return caller;
    },
  }),
);

const RateLimit = builder.objectRef<Meter & { readonly cost: number; readonly resetAtMs: number }>(
  'RateLimit',
);
RateLimit.implement({
  description: 'Points of this minute, and what this operation took of them.',
  fields: (t) => ({
    limit: t.exposeFloat('limit', { nullable: false, description: 'Points a minute.' }),
    remaining: t.exposeFloat('remaining', {
      nullable: false,
      description: 'Points left, this operation taken off.',
    }),
    cost: t.exposeFloat('cost', { nullable: false, description: 'Points of this operation.' }),
    resetAt: t.field({
      type: 'DateTime',
      nullable: false,
      description: 'When all points are there again, if nothing else is asked.',
      resolve: ({ resetAtMs }) => resetAtMs,
    }),
  }),
});

builder.queryField('rateLimit', (t) =>
  t.field({
    type: RateLimit,
    description: 'What the caller has left of its points; null when its plan has no such limit.',
    ...priced({ weight: 0 }),
    resolve: (_root, _args, context) => {
      context.quota.isTold = true;
      const points = quotaOf(context, 'points');
      return points && { ...points, cost: context.usage.price?.points ?? 0 };
    },
  }),
);
