import { z } from 'zod';
import type { Secret } from '../secret.ts';
import { choice, integer, list, secret, url } from '../config-values.ts';
import type { SamplerSettings } from './sampler.ts';

/** Where traces go, and which. */
export interface TracingSettings extends SamplerSettings {
  readonly url: string;
  /** As a list of `name=value`. */
  readonly headers: Secret | undefined;
  /** No export takes longer. */
  readonly timeoutMs: number;
  readonly resource: Readonly<Record<string, string>>;
}

const pairsExpected = 'expected name=value, several comma-separated, their values percent-encoded';
const headerName = /^[!#$%&'*+.^_`|~\w-]+$/;
/** What Node lets a header say. */
const headerValue = /^[\t -~\x80-\xff]*$/;

/** `name=value` pairs; undefined where one is none. */
export function readPairs(items: readonly string[]): Map<string, string> | undefined {
  const pairs = new Map<string, string>();
  for (const item of items) {
    const [, name, value] = /^([^=]+?)\s*=\s*(.*)$/.exec(item) ?? [];
    if (name === undefined || value === undefined) return undefined;
    try {
      pairs.set(name, decodeURIComponent(value));
    } catch {
      return undefined;
    }
  }
  return pairs;
}

function areHeaders(text: Secret): boolean {
  const pairs = readPairs(list.parse(text.reveal()));
  return (
    pairs !== undefined &&
    [...pairs].every(([name, value]) => headerName.test(name) && headerValue.test(value))
  );
}

const samplers = [
  'parentbased_traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'traceidratio',
  'always_on',
  'always_off',
] as const;

/** The variables, named as OpenTelemetry names them where it has a name. */
export const tracingVariables = {
  OTEL_EXPORTER_OTLP_ENDPOINT: url(['https:', 'http:']).optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url(['https:', 'http:']).optional(),
  OTEL_EXPORTER_OTLP_HEADERS: secret(pairsExpected).refine(areHeaders, pairsExpected).optional(),
  OTEL_EXPORTER_OTLP_TIMEOUT: integer(10_000, 1, 600_000),
  OTEL_SERVICE_NAME: z.string().optional(),
  OTEL_RESOURCE_ATTRIBUTES: list.refine((items) => readPairs(items) !== undefined, pairsExpected),
  OTEL_TRACES_SAMPLER: choice(samplers).default('parentbased_traceidratio'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number('expected a number from 0 to 1')
    .min(0, 'expected at least 0')
    .max(1, 'expected at most 1')
    .default(0.01),
  TRACES_FORCED_PER_SECOND: integer(10, 0, 1_000_000),
} as const;

type Variables = z.output<z.ZodObject<typeof tracingVariables>>;

/** Traces are recorded where there is a place for them. */
export function tracingOf(env: Variables): TracingSettings | undefined {
  const base = env.OTEL_EXPORTER_OTLP_ENDPOINT;
  const place =
    env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? (base && `${base.replace(/\/$/, '')}/v1/traces`);
  if (place === undefined) return undefined;
  const sampler = env.OTEL_TRACES_SAMPLER;
  return {
    url: place,
    headers: env.OTEL_EXPORTER_OTLP_HEADERS,
    timeoutMs: env.OTEL_EXPORTER_OTLP_TIMEOUT,
    resource: {
      'service.name': 'assay',
      ...Object.fromEntries(readPairs(env.OTEL_RESOURCE_ATTRIBUTES) ?? []),
      ...(env.OTEL_SERVICE_NAME !== undefined && { 'service.name': env.OTEL_SERVICE_NAME }),
    },
    ratio: ratioOf(sampler, env.OTEL_TRACES_SAMPLER_ARG),
    isParentBased: sampler.startsWith('parentbased_'),
    forcedPerSecond: env.TRACES_FORCED_PER_SECOND,
  };
}

function ratioOf(sampler: (typeof samplers)[number], given: number): number {
  if (sampler.endsWith('always_on')) return 1;
  return sampler.endsWith('always_off') ? 0 : given;
}
