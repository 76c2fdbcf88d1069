import { isObjectType } from 'graphql';
import { createRateLimit } from '../../src/directives/rate-limit.ts';
import { buildSchema } from '../../src/graph/schema.ts';
import { coverage } from '../../src/sandbox/coverage.ts';
import { analystPath, charts, endpoints } from '../../src/upstreams/tokenmetrics/endpoints.ts';
import { recordingLog } from '../support/recording-log.ts';
import { referenceEndpoints } from '../support/upstream-endpoints.ts';

export interface CoverageRow {
  readonly section: string;
  readonly path: string;
  readonly isInClient: boolean;
  /** Coordinates of the fields that lead to it; those the schema does not have are left out. */
  readonly fields: readonly string[];
  readonly isInSandbox: boolean;
  readonly isInSandboxV3: boolean;
}

/** Every endpoint of the reference, and where it is kept. */
export function upstreamCoverage(): CoverageRow[] {
  const { directive } = createRateLimit({ ...recordingLog(), identify: () => 'anyone' });
  const schema = buildSchema([directive]);
  const inClient = new Set<string>([
    ...Object.values(endpoints).map(({ path }) => path),
    ...Object.values(charts),
    analystPath,
  ]);
  const served = new Set(coverage.map(({ path }) => path));
  const hasField = (coordinate: string) => {
    const [typeName = '', fieldName = ''] = coordinate.split('.');
    const type = schema.getType(typeName);
    return isObjectType(type) && fieldName in type.getFields();
  };
  return referenceEndpoints.map(({ section, path, fields }) => ({
    section,
    path,
    isInClient: inClient.has(path),
    fields: fields.filter(hasField),
    isInSandbox: served.has(`/v2${path}`),
    isInSandboxV3: served.has(`/v3${path}`),
  }));
}

/** The table as text, with its counts in the last line. */
export function coverageTable(rows: readonly CoverageRow[]): string {
  const tick = (holds: boolean) => (holds ? 'yes' : '-');
  const cells = rows.map((row) => [
    row.section,
    row.path,
    tick(row.isInClient),
    tick(row.isInSandbox),
    tick(row.isInSandboxV3),
    row.fields.join(', ') || '-',
  ]);
  const all = [['section', 'endpoint', 'client', 'sandbox', 'v3', 'graph'], ...cells];
  const widths = [0, 1, 2, 3, 4].map((column) =>
    Math.max(...all.map((line) => line[column]?.length ?? 0)),
  );
  const lines = all.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const count = (holds: (row: CoverageRow) => boolean) => rows.filter(holds).length;
  const counts = [
    `${rows.length} endpoints in the reference`,
    `${count(({ isInClient }) => isInClient)} in the client`,
    `${count(({ fields }) => fields.length > 0)} in the graph`,
    `${count(({ isInSandbox }) => isInSandbox)} in the sandbox`,
    `${count(({ isInSandboxV3 }) => isInSandboxV3)} of them in v3 too`,
  ];
  return [...lines, '', counts.join(', ')].join('\n');
}

if (process.argv[1]?.endsWith('upstream-coverage.ts')) {
  const rows = upstreamCoverage();
  console.log(coverageTable(rows));
  const isWhole = rows.every((row) => row.isInClient && row.isInSandbox && row.fields.length > 0);
  process.exitCode = isWhole ? 0 : 1;
}
