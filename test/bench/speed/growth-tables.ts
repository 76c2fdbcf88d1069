import { columnsOf, counted } from './columns.ts';
import { exponentOf, type Growth, type Measured } from './growth-slope.ts';

/** Every size of every series; the exponent since the size before tells where a cost begins to grow. */
export function figuresTable({ what, measured, hasStarts = false }: Growth): string {
  const rows = seriesOf(measured).flatMap(([series, points]) =>
    points.map((point, index) => {
      const { size, cpuMicros, perSecond, p99Ms, startMs } = point;
      const before = points[index - 1];
      return [
        ...[series, counted(size), digits(cpuMicros), counted(perSecond), p99Ms.toFixed(2)],
        before === undefined ? '' : exponentOf([before, point]).toFixed(2),
        ...(hasStarts ? [counted(startMs)] : []),
      ];
    }),
  );
  const names = ['requests', what, 'CPU µs each', 'a second', 'p99 ms', 'since the last'];
  return columnsOf([[...names, ...(hasStarts ? ['start, CPU ms'] : [])], ...rows]);
}

/** Each series from end to end. */
export function verdictsTable({ what, bound, measured }: Growth): string {
  const rows = seriesOf(measured).map(([series, points]) => {
    const exponent = exponentOf(points);
    const sizes = points.map(({ size }) => size);
    return [
      series,
      `${counted(Math.min(...sizes))} … ${counted(Math.max(...sizes))}`,
      exponent.toFixed(2),
      `≤ ${bound.exponentMax}`,
      exponent <= bound.exponentMax ? bound.kept : bound.broken,
    ];
  });
  return columnsOf([['requests', what, 'exponent', 'bound', 'verdict'], ...rows]);
}

export function faultsOf({ what, measured }: Growth): readonly string[] {
  return measured.flatMap(({ series, size, faults }) =>
    faults.map((fault) => `${series}, ${what} ${counted(size)}: ${fault}`),
  );
}

function seriesOf(measured: readonly Measured[]): readonly (readonly [string, Measured[]])[] {
  const names = [...new Set(measured.map(({ series }) => series))];
  return names.map((name) => [name, measured.filter(({ series }) => series === name)]);
}

/** Three digits that count: costs are of a microsecond and of thousands. */
const digits = (figure: number) =>
  figure >= 100 ? counted(figure) : String(Number(figure.toPrecision(3)));
