import { getEventListeners } from 'node:events';

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import type { BreakerChange } from '../../src/upstreams/wire/breakers.ts';
import { UpstreamError } from '../../src/upstreams/errors.ts';
import { createGate, type GateOptions } from '../../src/upstreams/wire/gate.ts';
import type { Outcome, Sent } from '../../src/upstreams/wire/outcomes.ts';
import { exponentialBackoff } from '../../src/upstreams/wire/retry.ts';

/** What an attempt has to come past before it is sent. Fake timers move cockatiel's clock too. */

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  const timers = vi.getTimerCount();
  vi.useRealTimers();
  const listeners = signals.flatMap((signal) => getEventListeners(signal, 'abort'));
  expect([timers, listeners]).toEqual([0, []]);
});

const pass = (ms = 0) => vi.advanceTimersByTimeAsync(ms);

let signals: AbortSignal[];
let changes: BreakerChange[];
let departed: string[];
let gate: ReturnType<typeof createGate>;

function build(options: Partial<GateOptions> = {}) {
  signals = [];
  changes = [];
  departed = [];
  gate = createGate({
    now: Date.now,
    concurrency: 1000,
    queueMax: 256,
    breakerFailures: 5,
    breakerMs: 10_000,
    pauseMs: exponentialBackoff(1000, () => 1, 60_000),
    onBreaker: (change) => changes.push(change),
    ...options,
  });
}
beforeEach(() => build());

interface CallOptions {
  readonly deadlineMs?: number;
  readonly draw?: () => void | Promise<void>;
}

/** A call at the gate; the test says when it is answered, and what. */
function call(path: string, { deadlineMs = 60_000, draw = () => undefined }: CallOptions = {}) {
  const caller = new AbortController();
  signals.push(caller.signal);
  let answer: (sent: Sent) => void = () => {
    throw new Error(`expected ${path} to have been sent`);
  };
  const at = {
    draws: 0,
    givenBack: 0,
    isSent: false,
    result: 'pending' as unknown,
    leave: () => caller.abort(),
    end(outcome: Outcome, waitSeconds?: number) {
      answer({ outcome, waitSeconds, failure: { kind: 'network', cause: undefined } });
      return pass();
    },
  };
  gate
    .pass({
      path,
      signal: caller.signal,
      endsAtMs: Date.now() + deadlineMs,
      fail: (kind, more) => new UpstreamError({ upstream: 'x', endpoint: path, kind, ...more }),
      draw: () => {
        at.draws += 1;
        return draw();
      },
      giveBack: () => void (at.givenBack += 1),
      send: () => {
        at.isSent = true;
        departed.push(path);
        return new Promise<Sent>((resolve) => (answer = resolve));
      },
    })
    .then(
      ({ outcome }) => (at.result = outcome),
      (error: unknown) =>
        (at.result =
          error instanceof UpstreamError ? [error.kind, error.retryAfterSeconds] : 'left'),
    );
  return at;
}

/** A call that is answered at once. */
async function ended(path: string, outcome: Outcome, waitSeconds?: number) {
  const at = call(path);
  await pass();
  await at.end(outcome, waitSeconds);
  expect(at.result).toBe(outcome);
}

/** A call that is not sent. */
async function refusal(path: string, options?: CallOptions) {
  const at = call(path, options);
  await pass();
  expect([at.isSent, at.draws]).toEqual([false, 0]);
  return at.result;
}

async function times(count: number, work: () => Promise<void>) {
  for (let index = 0; index < count; index += 1) await work();
}

/** Of five endpoints, so that none of their own breakers opens. */
async function down() {
  for (const path of ['/1', '/2', '/3', '/4', '/5']) await ended(path, 'unreachable');
}

describe('a breaker', () => {
  test('opens at the fifth failure in a row, and refuses every endpoint until the next probe', async () => {
    await times(4, () => ended('/a', 'unreachable'));
    expect([changes, gate.state().breaker]).toEqual([[], 'closed']);
    await ended('/b', 'unreachable');
    expect(changes).toEqual([{ endpoint: undefined, breaker: 'open' }]);
    expect(await refusal('/c')).toEqual(['unavailable', 10]);
    await pass(8001);
    expect(await refusal('/a')).toEqual(['unavailable', 2]);
    expect(gate.state()).toEqual({
      ...{ breaker: 'open', nextProbeSeconds: 2 },
      ...{ endpoints: [], running: 0, queued: 0 },
    });
  });

  test.each(['answered', 'failing'] as const)(
    'of the upstream begins anew after one that was %s',
    async (outcome) => {
      await times(4, () => ended('/a', 'unreachable'));
      await ended('/b', outcome);
      await times(4, () => ended('/c', 'unreachable'));
      expect(changes).toEqual([]);
    },
  );

  test('takes what is limited, unknown or unsent neither for a failure nor for a success', async () => {
    await times(20, () => ended('/b', 'unknown'));
    await times(20, () => ended('/b', 'limited', 0));
    expect(changes).toEqual([]);
    await times(4, () => ended('/a', 'unreachable'));
    for (const outcome of ['limited', 'unknown', 'unsent'] as const) await ended('/d', outcome, 0);
    expect(changes).toEqual([]);
    await ended('/a', 'unreachable');
    expect(changes).toEqual([
      { endpoint: '/a', breaker: 'open' },
      { endpoint: undefined, breaker: 'open' },
    ]);
  });

  test('of an endpoint that fails leaves the others alone', async () => {
    await times(5, () => ended('/a', 'failing'));
    expect(changes).toEqual([{ endpoint: '/a', breaker: 'open' }]);
    expect(await refusal('/a')).toEqual(['unavailable', 10]);
    await ended('/b', 'answered');
    expect(gate.state()).toMatchObject({
      breaker: 'closed',
      endpoints: [{ path: '/a', breaker: 'open', nextProbeSeconds: 10, pausedSeconds: 0 }],
    });
  });

  test('of an endpoint counts also what makes the upstream look unreachable', async () => {
    await times(5, async () => {
      await ended('/a', 'unreachable');
      await ended('/b', 'answered');
    });
    expect(changes).toEqual([{ endpoint: '/a', breaker: 'open' }]);
  });

  test('sends one probe an interval, and refuses all others while it is under way', async () => {
    await down();
    for (let round = 0; round < 3; round += 1) {
      await pass(10_000);
      const probe = call('/b');
      expect(await refusal('/a')).toEqual(['unavailable', 1]);
      expect(await refusal('/b')).toEqual(['unavailable', 1]);
      expect([probe.isSent, gate.state().breaker]).toEqual([true, 'half-open']);
      await probe.end('unreachable');
      expect(await refusal('/b')).toEqual(['unavailable', 10]);
    }
    expect(departed).toHaveLength(5 + 3);
    await pass(10_000);
    await ended('/b', 'answered');
    await ended('/b', 'answered');
    expect(changes).toEqual([
      { endpoint: undefined, breaker: 'open' },
      { endpoint: undefined, breaker: 'closed' },
    ]);
    expect(gate.state().breaker).toBe('closed');
  });

  test('refuses at once also where there is no room, or a pause', async () => {
    build({ concurrency: 1 });
    await ended('/p', 'limited', 60);
    await down();
    expect(await refusal('/p', { deadlineMs: 120_000 })).toEqual(['unavailable', 10]);
    await pass(10_000);
    const probe = call('/a');
    await pass();
    expect(await refusal('/b')).toEqual(['unavailable', 1]);
    await probe.end('answered');
  });

  test('of a thousand that ask at once, lets one probe and draws for one', async () => {
    await down();
    await pass(10_000);
    const calls = Array.from({ length: 1000 }, () => call('/b', { draw: () => Promise.resolve() }));
    await pass();
    expect(calls.filter(({ isSent }) => isSent)).toHaveLength(1);
    expect(calls.filter(({ draws }) => draws > 0)).toHaveLength(1);
    await calls[0]?.end('answered');
  });

  test('closes when the probe is answered, be it by a 500 or a 429', async () => {
    for (const outcome of ['failing', 'limited'] as const) {
      build();
      await down();
      await pass(10_000);
      await ended('/b', outcome, 0);
      expect(gate.state().breaker).toBe('closed');
    }
  });

  test('leaves a probe that was never sent to the next caller, at once', async () => {
    await down();
    await pass(10_000);
    const broke = call('/b', { draw: () => Promise.reject(new Error('no credit')) });
    await pass();
    expect([broke.isSent, gate.state().breaker]).toEqual([false, 'open']);
    await ended('/b', 'answered');
    expect(gate.state().breaker).toBe('closed');
    expect(changes.map(({ breaker }) => breaker)).toEqual(['open', 'closed']);
  });

  test('waits for its interval again after a probe that told nothing', async () => {
    await down();
    await pass(10_000);
    await ended('/b', 'unknown');
    expect(await refusal('/b')).toEqual(['unavailable', 10]);
  });

  test('hears nothing in what was sent before it opened', async () => {
    const [failed, answered] = [call('/b'), call('/b')];
    await pass();
    await down();
    await pass(10_000);
    const probe = call('/c');
    await pass();
    await failed.end('unreachable');
    await answered.end('answered');
    expect(gate.state().breaker).toBe('half-open');
    await probe.end('answered');
    expect(gate.state().breaker).toBe('closed');
  });

  test('that opens while a caller pays takes the request back', async () => {
    let pay = () => {};
    const paid = new Promise<void>((resolve) => (pay = resolve));
    const slow = call('/b', { draw: () => paid });
    await pass();
    await down();
    pay();
    await pass();
    expect(slow).toMatchObject({ isSent: false, draws: 1, givenBack: 1 });
    expect(slow.result).toEqual(['unavailable', 10]);
  });
});

describe('the queue', () => {
  test('sends as many at once as it may, and the others in the order they came', async () => {
    build({ concurrency: 2 });
    const calls = ['/a', '/b', '/c', '/d', '/e'].map((path) => call(path));
    await pass();
    expect(departed).toEqual(['/a', '/b']);
    expect(gate.state()).toMatchObject({ running: 2, queued: 3 });
    await calls[1]?.end('answered');
    expect(departed).toEqual(['/a', '/b', '/c']);
    await calls[0]?.end('failing');
    await calls[2]?.end('unreachable');
    expect(departed).toEqual(['/a', '/b', '/c', '/d', '/e']);
    await calls[3]?.end('answered');
    await calls[4]?.end('answered');
    expect(gate.state()).toMatchObject({ running: 0, queued: 0 });
  });

  test('refuses at once when it is full, and only then', async () => {
    build({ concurrency: 1, queueMax: 2 });
    const calls = [call('/a'), call('/a'), call('/a')];
    await pass();
    expect(await refusal('/a')).toEqual(['unavailable', 1]);
    await calls[0]?.end('answered');
    const next = call('/a');
    await pass();
    expect(next.result).toBe('pending');
    for (const at of [calls[1], calls[2], next]) await at?.end('answered');
  });

  test('forgets who leaves: never sent, nothing drawn, and the place is free', async () => {
    build({ concurrency: 1, queueMax: 2 });
    const [first, gone, kept] = [call('/a'), call('/b'), call('/c')];
    await pass();
    gone.leave();
    await pass();
    expect(gone).toMatchObject({ result: 'left', draws: 0, isSent: false });
    const next = call('/d');
    await first.end('answered');
    await kept.end('answered');
    await next.end('answered');
    expect(departed).toEqual(['/a', '/c', '/d']);
  });

  test('loses no place to one who leaves at the moment its turn comes', async () => {
    build({ concurrency: 1 });
    const [first, second] = [call('/a'), call('/b')];
    await pass();
    const ending = first.end('answered');
    for (let tick = 0; tick < 50 && gate.state().queued > 0; tick += 1) await Promise.resolve();
    second.leave();
    await ending;
    expect(second).toMatchObject({ result: 'left', isSent: false, draws: second.givenBack });
    expect(gate.state()).toMatchObject({ running: 0, queued: 0 });
    await ended('/c', 'answered');
  });

  test('is no way around a pause that begins meanwhile', async () => {
    build({ concurrency: 1 });
    const [first, second, other] = [call('/a'), call('/a', { deadlineMs: 5000 }), call('/b')];
    await pass();
    await first.end('limited', 30);
    expect([second.result, other.isSent]).toEqual([['rate-limited', 30], true]);
    await other.end('answered');
  });

  test('is no way around a breaker that opens meanwhile', async () => {
    build({ concurrency: 1, breakerFailures: 1 });
    const [failing, waiting] = [call('/a'), call('/b')];
    await pass();
    await failing.end('unreachable');
    expect(waiting.result).toEqual(['unavailable', 10]);
    expect(departed).toEqual(['/a']);
  });

  test('holds no place for who waits for the end of a pause', async () => {
    build({ concurrency: 1, queueMax: 0 });
    await ended('/a', 'limited', 30);
    const waiting = Array.from({ length: 50 }, () => call('/a'));
    await pass();
    expect(gate.state()).toMatchObject({ running: 0, queued: 0 });
    await ended('/b', 'answered');
    for (const at of waiting.slice(1)) at.leave();
    await pass(30_000);
    await waiting[0]?.end('answered');
  });
});

describe('a pause', () => {
  test('stops the whole endpoint: who has the time waits, anyone else fails at once', async () => {
    await ended('/a', 'limited', 30);
    expect(gate.state().endpoints).toEqual([{ path: '/a', breaker: 'closed', pausedSeconds: 30 }]);
    await pass(5400);
    expect(await refusal('/a', { deadlineMs: 24_599 })).toEqual(['rate-limited', 25]);
    const patient = call('/a', { deadlineMs: 24_601 });
    await ended('/b', 'answered');
    await pass(24_599);
    expect(patient.isSent).toBe(false);
    await pass(1);
    expect([patient.isSent, patient.draws]).toEqual([true, 1]);
    await patient.end('answered');
    expect(gate.state().endpoints).toEqual([]);
  });

  test('makes of five hundred callers one request after it, if that is refused again', async () => {
    build({ concurrency: 16, queueMax: 1000 });
    await ended('/a', 'limited', 30);
    const hasty = Array.from({ length: 250 }, () => call('/a', { deadlineMs: 10_000 }));
    const patient = Array.from({ length: 250 }, () => call('/a', { deadlineMs: 45_000 }));
    await pass(29_999);
    expect(departed).toHaveLength(1);
    expect(new Set(hasty.map(({ result }) => String(result)))).toEqual(
      new Set(['rate-limited,30']),
    );
    await pass(1);
    await patient[0]?.end('limited', 30);
    expect(departed).toHaveLength(2);
    expect(new Set(patient.slice(1).map(({ result }) => String(result)))).toEqual(
      new Set(['rate-limited,30']),
    );
    expect([...hasty, ...patient].filter(({ draws }) => draws > 0)).toHaveLength(1);
  });

  test('ends with one call that goes alone; the others follow when it has come through', async () => {
    await ended('/a', 'limited', 30);
    const calls = Array.from({ length: 100 }, () => call('/a'));
    await pass(30_000);
    expect(calls.map(({ isSent }) => isSent).filter(Boolean)).toHaveLength(1);
    expect(calls.filter(({ draws }) => draws > 0)).toHaveLength(1);
    const late = call('/a');
    await pass(1000);
    expect(late.isSent).toBe(false);
    await calls[0]?.end('answered');
    expect(calls.every(({ isSent }) => isSent)).toBe(true);
    for (const at of [...calls.slice(1), late]) await at.end('answered');
  });

  test('begins again when that call is refused again, and the others wait on or give up', async () => {
    await ended('/a', 'limited', 30);
    const trial = call('/a');
    const patient = call('/a', { deadlineMs: 61_000 });
    const hasty = call('/a', { deadlineMs: 60_000 });
    await pass(30_000);
    await trial.end('limited', 30);
    expect(hasty.result).toEqual(['rate-limited', 30]);
    await pass(29_999);
    expect(departed).toHaveLength(2);
    await pass(1);
    await patient.end('answered');
    expect(departed).toHaveLength(3);
  });

  test.each(['failing', 'unreachable'] as const)(
    'is over when that call was %s: that is no matter of pace',
    async (outcome) => {
      await ended('/a', 'limited', 30);
      const [trial, other] = [call('/a'), call('/a')];
      await pass(30_000);
      await trial.end(outcome);
      expect(other.isSent).toBe(true);
      await other.end('answered');
    },
  );

  test('is tried out by the next when that call was not sent, or told nothing', async () => {
    await ended('/a', 'limited', 30);
    const broke = call('/a', { draw: () => Promise.reject(new Error('no credit')) });
    const [cut, third, fourth] = [call('/a'), call('/a'), call('/a')];
    await pass(30_000);
    expect([broke.isSent, cut.isSent, third.isSent]).toEqual([false, true, false]);
    await cut.end('unknown');
    expect([third.isSent, fourth.isSent]).toEqual([true, false]);
    await third.end('answered');
    await fourth.end('answered');
  });

  test('without Retry-After doubles from a second to a minute, and begins anew after a success', async () => {
    const seconds: unknown[] = [];
    await times(8, async () => {
      await ended('/a', 'limited');
      seconds.push(gate.pausedSeconds('/a'));
      await pass(60_000);
    });
    expect(seconds).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    await ended('/a', 'unreachable');
    await ended('/a', 'limited');
    expect(gate.pausedSeconds('/a')).toBe(60);
    await pass(60_000);
    await ended('/a', 'answered');
    await ended('/a', 'limited');
    expect(gate.pausedSeconds('/a')).toBe(1);
  });

  test('has jitter: half of it is chance', async () => {
    build({ pauseMs: exponentialBackoff(1000, () => 0.5, 60_000) });
    await ended('/a', 'limited');
    expect(gate.pausedUntilMs('/a') - Date.now()).toBe(750);
  });

  test('is one for all that were in flight together; the latest Retry-After counts', async () => {
    const calls = Array.from({ length: 16 }, () => call('/a'));
    await pass();
    for (const at of calls) await at.end('limited');
    expect(gate.pausedSeconds('/a')).toBe(1);
    build();
    const [short, long, none] = [call('/a'), call('/a'), call('/a')];
    await pass();
    const waiting = () => call('/a');
    await short.end('limited', 10);
    const caller = waiting();
    await long.end('limited', 20);
    await none.end('limited');
    expect(gate.pausedSeconds('/a')).toBe(20);
    await pass(19_999);
    expect(caller.isSent).toBe(false);
    await pass(1);
    await caller.end('answered');
  });

  test('is not lifted by an answer to what was sent before it', async () => {
    const [limited, late] = [call('/a'), call('/a')];
    await pass();
    await limited.end('limited', 30);
    await late.end('answered');
    expect(await refusal('/a', { deadlineMs: 1000 })).toEqual(['rate-limited', 30]);
  });

  test('is not begun again by an answer to what was sent before it, once it is over', async () => {
    const [limited, late] = [call('/a'), call('/a')];
    await pass();
    await limited.end('limited', 1);
    await pass(1000);
    await ended('/a', 'answered');
    await late.end('limited', 30);
    await ended('/a', 'answered');
  });

  test('ends for who leaves, with its timer', async () => {
    await ended('/a', 'limited', 30);
    const [waiting, trial] = [call('/a'), call('/a')];
    await pass();
    waiting.leave();
    await pass();
    expect([waiting.result, vi.getTimerCount()]).toEqual(['left', 1]);
    await pass(30_000);
    const behind = call('/a');
    await pass();
    behind.leave();
    await pass();
    expect(behind).toMatchObject({ result: 'left', draws: 0 });
    await trial.end('answered');
  });

  test('that begins while a caller pays takes the request back, until it is over', async () => {
    let pay = () => {};
    const paid = new Promise<void>((resolve) => (pay = resolve));
    const slow = call('/a', { draw: () => paid });
    await pass();
    await ended('/a', 'limited', 30);
    pay();
    await pass();
    expect(slow).toMatchObject({ isSent: false, draws: 1, givenBack: 1 });
    await pass(30_000);
    expect(slow).toMatchObject({ isSent: true, draws: 2, givenBack: 1 });
    await slow.end('answered');
  });
});

describe('who cannot pay', () => {
  test('is not sent, fails with just that, and leaves nothing behind', async () => {
    build({ concurrency: 1 });
    const draw = () => {
      throw new UpstreamError({ upstream: 'x', endpoint: '/a', kind: 'budget-exhausted' });
    };
    for (let index = 0; index < 10; index += 1) {
      const at = call('/a', { draw });
      await pass();
      expect(at).toMatchObject({ result: ['budget-exhausted', undefined], givenBack: 0 });
    }
    expect(changes).toEqual([]);
    await ended('/a', 'answered');
  });

  test('in time is not waited for; what is paid later is given back', async () => {
    build({ concurrency: 1 });
    let pay = () => {};
    const slow = call('/a', { draw: () => new Promise<void>((resolve) => (pay = resolve)) });
    await pass();
    slow.leave();
    await pass();
    expect(slow).toMatchObject({ result: 'left', draws: 1, givenBack: 0, isSent: false });
    await ended('/a', 'answered');
    pay();
    await pass();
    expect(slow).toMatchObject({ givenBack: 1, isSent: false });
  });
});
