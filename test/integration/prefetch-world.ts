import { expect, onTestFinished, vi } from 'vitest';
import type { Fault } from '../../src/sandbox/faults.ts';
import { writeCallers } from '../support/callers-files.ts';
import { waysOf } from '../support/counted-ways.ts';
import { tokenId } from '../support/gateway.ts';
import { startHeldSandbox } from '../support/held-sandbox.ts';
import { getOf, graphqlJson, registrationOf } from '../support/two-ways.ts';
import { startWitness } from '../support/witness.ts';

type Way = 'long' | 'executed';
export const ways: readonly Way[] = ['long', 'executed'];
export const [bitcoin, ethereum, nobody] = [tokenId(3375), tokenId(3306), tokenId(999_999_999)];

/** A gateway on an upstream that can be held, and questions that go the long way or the short one. */
export async function startPrefetching(
  env: Readonly<Record<string, string>> = {},
  scopes = ['reports'],
) {
  const files = await writeCallers({ anybody: { scopes } }, { anonymous: 'anybody' });
  const upstream = await startHeldSandbox();
  const gateway = await startWitness({ env: { ...files.env, ...upstream.env, ...env } });
  onTestFinished(async () => {
    // What hangs there fails, and keeps the gateway from closing no longer.
    await upstream.close();
    await gateway.close();
    await files.remove();
  });
  const url = 'http://gateway/graphql';

  /** Asks by the given way; `before` is when the upstream is held or gets its faults. */
  async function ask(way: Way, query: string, { variables = {}, before = () => {} }: Asked = {}) {
    const get = { path: getOf(query, variables), headers: graphqlJson };
    if (way === 'executed') {
      const { method, headers = {}, body } = registrationOf(query, variables);
      await gateway.send({ method: String(method), headers, body: String(body) });
      await gateway.send(get);
    }
    upstream.asked.length = 0;
    before();
    const { result, executed } = await waysOf(async () => {
      if (way === 'executed') return (await gateway.send(get)).json;
      const body = JSON.stringify({ query, variables });
      const headers = { 'content-type': 'application/json' };
      return (await gateway.app.fetch(url, { method: 'POST', headers, body })).json();
    });
    expect(executed, 'operations executed on the short way').toBe(way === 'executed' ? 1 : 0);
    return { ...result, asked: pathsOf(upstream.asked) };
  }

  return {
    ...{ upstream, ask },
    fail: (...faults: readonly Fault[]) => upstream.sandbox.faults.set(...faults),
    /** Asks while nothing is answered: what is asked upstream until then, and what comes of it. */
    askHeld: async (way: Way, query: string, count: number, variables = {}) => {
      let open: (() => void) | undefined;
      const before = () => ({ open } = upstream.hold());
      const answered = ask(way, query, { variables, before });
      answered.catch(() => {});
      await vi.waitFor(() => {
        expect(open).toBeDefined();
        expect(upstream.asked.length).toBeGreaterThanOrEqual(count);
      });
      const held = pathsOf(upstream.asked);
      open?.();
      return { held, ...(await answered) };
    },
  };
}

interface Asked {
  readonly variables?: object;
  readonly before?: () => void;
}

/** Paths of the upstream that were asked, sorted. */
export const pathsOf = (asked: readonly string[]) =>
  asked.map((url) => new URL(url, 'http://upstream').pathname.replace('/v2', '')).sort();
