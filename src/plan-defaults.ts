import type { PlanDefaults } from './callers/plans/plans.ts';
import type { Config } from './config.ts';
import { allScopes } from './graph/scopes.ts';
import { hoursPerPage } from './graph/series.ts';

/** What a plan means where its file is silent: what the gateway itself allows. */
export const planDefaultsOf = ({ cost, documents, server }: Config): PlanDefaults => ({
  ...{ requestsPerMinute: undefined, pointsPerMinute: undefined, creditsPerMonth: undefined },
  operation: { ...cost, depthMax: documents.depthMax },
  pageSizeMax: hoursPerPage.max,
  historyDaysMax: undefined,
  documents: documents.mode,
  introspection: server.hasIntrospection,
  scopes: allScopes,
  priority: 'normal',
});
