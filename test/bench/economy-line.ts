/** One line of the table. */
export interface Line {
  readonly name: string;
  /** The floor or the bound, as computed. */
  readonly bound: string;
  readonly measured: string;
  /** Whether the bound was kept; none where there is no bound. */
  readonly isKept?: boolean;
  /** Whether the machine, or how busy it is, can break it. */
  readonly isOfMachine?: true;
}

export type Scenario = (size: Size) => Promise<readonly Line[]>;

/** How large a run is: the table's own figures, or a small form of the same. */
export interface Size {
  readonly concurrent: number;
  readonly tokens: number;
  readonly queries: number;
  readonly pacedConnections: number;
  /** Clients of an upstream that fails, and how long they keep asking. */
  readonly clients: number;
  readonly outageMs: number;
  readonly limitedClients: number;
  /** Whether to wait for the end of a pause of 30 seconds. */
  readonly isPauseSeenOut: boolean;
  readonly waves: number;
  readonly slowRedisQueries: number;
  readonly keys: number;
  readonly memoryMb: number;
  readonly steadySeconds: number;
}

export const fullSize: Size = {
  concurrent: 1000,
  tokens: 1000,
  queries: 10_000,
  pacedConnections: 64,
  clients: 100,
  outageMs: 5000,
  limitedClients: 500,
  isPauseSeenOut: true,
  waves: 24,
  slowRedisQueries: 100,
  keys: 100_000,
  memoryMb: 16,
  steadySeconds: 3600,
};

export const smallSize: Size = {
  concurrent: 60,
  tokens: 150,
  queries: 400,
  pacedConnections: 8,
  clients: 20,
  outageMs: 1200,
  limitedClients: 60,
  isPauseSeenOut: false,
  waves: 9,
  slowRedisQueries: 12,
  keys: 4000,
  memoryMb: 1,
  steadySeconds: 400,
};

const verdictOf = ({ isKept }: Line) =>
  isKept === undefined ? 'information' : isKept ? 'kept' : 'BROKEN';

/** Lines as columns for a terminal. */
export function columnsOf(lines: readonly Line[]): string {
  const rows = [
    ['case', 'floor or bound', 'measured', 'verdict'],
    ...lines.map((line) => [line.name, line.bound, line.measured, verdictOf(line)]),
  ];
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join(' | ')
        .trimEnd(),
    )
    .join('\n');
}

export const counted = (figure: number) => figure.toLocaleString('en-US');
