import { Counter, Gauge, type Registry } from 'prom-client';

export type Labels = Readonly<Record<string, string>>;
/** Sets a gauge, or says what a counter has come to. */
export type Tell = (labels: Labels, value: number) => void;
export type Declare = ReturnType<typeof createDeclare>;

/** Metrics that are read off when they are asked for. `always` are labels that all of them have. */
export function createDeclare(registry: Registry, ...always: readonly string[]) {
  const registers = [registry];
  return {
    gauge: (name: string, help: string, ...labels: string[]): Tell => {
      const labelNames = [...always, ...labels];
      const gauge = new Gauge({ name: `assay_${name}`, help, labelNames, registers });
      return (values, value) => gauge.set(values, value);
    },
    counter: (name: string, help: string, ...labels: string[]): Tell => {
      const labelNames = [...always, ...labels];
      const counter = new Counter({ name: `assay_${name}_total`, help, labelNames, registers });
      // Credits are given back, but a counter that falls would pass for one that started anew.
      const reached = new Map<string, number>();
      return (values, total) => {
        const series = JSON.stringify(values);
        const value = Math.max(total, reached.get(series) ?? 0);
        reached.set(series, value);
        counter.inc(values, value);
      };
    },
  };
}
