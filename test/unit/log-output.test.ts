import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createLogOutput } from '../../src/log-output.ts';

/** A place to write to, which takes what it is told to. */
function place({ waitingBytesMax }: { readonly waitingBytesMax?: number } = {}) {
  const state = { fault: undefined as Error | undefined, bytesAtOnce: Infinity, tries: 0 };
  const taken: Buffer[] = [];
  const asked: (() => void)[] = [];
  const output = createLogOutput({
    write: (piece, done) => {
      state.tries += 1;
      asked.push(() => {
        if (state.fault !== undefined) return done(state.fault, 0);
        const bytes = Math.min(piece.length, state.bytesAtOnce);
        taken.push(Buffer.from(piece.subarray(0, bytes)));
        done(null, bytes);
      });
    },
    ...(waitingBytesMax === undefined ? {} : { waitingBytesMax }),
  });
  return {
    output,
    state,
    text: () => Buffer.concat(taken).toString(),
    lines: () => Buffer.concat(taken).toString().split('\n').slice(0, -1),
    /** Answers what was asked, and what is asked then, until nothing is. */
    settle: () => {
      for (let one = asked.shift(); one !== undefined; one = asked.shift()) one();
    },
  };
}

const lineOf = (at: number) => `${String(at).padStart(999, '0')}\n`;
const numbersOf = (lines: readonly string[]) =>
  lines.map((line) => (line.startsWith('{') ? 'told' : Number(line)));

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('the output of a log', () => {
  test('writes lines together, in their order, as UTF-8', () => {
    const { output, state, text, settle } = place();
    output.write('ä\n');
    output.write('€\n');
    expect(state.tries).toBe(0);
    vi.advanceTimersByTime(20);
    settle();
    expect([state.tries, text()]).toEqual([1, 'ä\n€\n']);
  });

  test('writes what is longer than a piece, and what comes before it, in order', () => {
    const { output, text, settle } = place();
    const long = `${'€'.repeat(100_000)}\n`;
    output.write('before\n');
    output.write(long);
    output.write('after\n');
    vi.advanceTimersByTime(20);
    settle();
    expect(text()).toBe(`before\n${long}after\n`);
  });

  test('goes on where a write has ended in the middle', () => {
    const { output, state, lines, settle } = place();
    state.bytesAtOnce = 700;
    for (let at = 0; at < 200; at += 1) output.write(lineOf(at));
    vi.advanceTimersByTime(20);
    settle();
    expect(numbersOf(lines())).toEqual(Array.from({ length: 200 }, (_, at) => at));
  });

  test('keeps so much of what nobody takes, counts the rest, and tells it in its place', () => {
    const { output, lines, settle } = place({ waitingBytesMax: 128 * 1024 });
    for (let at = 0; at < 1000; at += 1) output.write(lineOf(at));
    const lost = output.lost();
    expect(lost).toBeGreaterThan(700);
    settle();
    output.write(lineOf(1000));
    vi.advanceTimersByTime(20);
    settle();
    const kept = Array.from({ length: 1000 - lost }, (_, at) => at);
    expect(numbersOf(lines())).toEqual([...kept, 'told', 1000]);
    expect(JSON.parse(lines().at(-2) ?? '')).toMatchObject({
      level: 40,
      time: expect.any(String),
      lines: lost,
    });
    expect(output.lost()).toBe(lost);
  });

  test('tells what was lost once there is room, though nothing else is said', () => {
    const { output, lines, settle } = place({ waitingBytesMax: 128 * 1024 });
    for (let at = 0; at < 1000; at += 1) output.write(lineOf(at));
    vi.advanceTimersByTime(20);
    settle();
    vi.advanceTimersByTime(20);
    settle();
    expect(JSON.parse(lines().at(-1) ?? '')).toMatchObject({ lines: output.lost() });
  });

  test('tries again what failed, not at once, and loses none of it', () => {
    const { output, state, lines, settle } = place();
    state.fault = new Error('no space left');
    output.write(lineOf(1));
    vi.advanceTimersByTime(20);
    settle();
    output.write(lineOf(2));
    vi.advanceTimersByTime(20);
    settle();
    expect(state.tries).toBe(1);
    vi.advanceTimersByTime(2500);
    settle();
    expect(state.tries).toBe(2);
    state.fault = undefined;
    vi.advanceTimersByTime(250);
    settle();
    expect(numbersOf(lines())).toEqual([1, 2]);
    expect(output.lost()).toBe(0);
  });

  test('is flushed when all is taken, and not before', () => {
    const { output, lines, settle } = place();
    const flushed = vi.fn();
    output.write(lineOf(1));
    output.flush(flushed);
    expect(flushed).not.toHaveBeenCalled();
    settle();
    expect(flushed).toHaveBeenCalledOnce();
    expect(lines()).toHaveLength(1);
    output.flush(flushed);
    expect(flushed).toHaveBeenCalledTimes(2);
  });

  test('has for the end of the process what was not begun yet', () => {
    const { output, settle } = place();
    output.write(lineOf(1));
    expect(Buffer.concat([...output.rest()]).toString()).toBe(lineOf(1));
    output.write(lineOf(2));
    vi.advanceTimersByTime(20);
    expect(output.rest()).toEqual([]);
    settle();
  });
});
