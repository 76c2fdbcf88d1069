import type { Provenance } from '../upstreams/tokenmetrics/endpoints.ts';
import { builder } from './builder.ts';

const Source = builder.enumType('Source', {
  description: 'Who a value comes from.',
  values: {
    TOKEN_METRICS: { description: 'The Token Metrics API.' },
    SANDBOX: { description: 'The sandbox inside the gateway: invented data, for building only.' },
    UNKNOWN: { description: 'A source newer than this list.' },
  } as const,
});

/** A row of whatever endpoint, with the day or the instant it is about, where it names one. */
export interface SourcedRow extends Provenance {
  readonly date?: string | null;
  readonly timestamp?: string;
}

export const Sourced = builder.interfaceRef<SourcedRow>('Sourced').implement({
  description: 'A value that tells where it came from and how old it is.',
  fields: (t) => ({
    source: t.field({
      type: Source,
      nullable: false,
      description: 'Who the value comes from.',
      resolve: (row) => row.source,
    }),
    asOf: t.field({
      type: 'DateTime',
      nullable: false,
      description:
        'The instant the value is about: the start of its day or hour, or the time of fetching where the upstream names none.',
      resolve: (row) => row.timestamp ?? row.date ?? row.fetchedAtMs,
    }),
    fetchedAt: t.field({
      type: 'DateTime',
      nullable: false,
      description: 'When the gateway read the value from its source.',
      resolve: (row) => row.fetchedAtMs,
    }),
    stale: t.boolean({
      nullable: false,
      description:
        'Whether the value is past its lifetime: it is being fetched anew, or its source could not be asked. `maxStaleSeconds` refuses such values.',
      resolve: (row) => row.isStale === true,
    }),
  }),
});
