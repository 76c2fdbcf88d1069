import { createSandbox, type SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { serve } from './witness.ts';

/** A sandbox behind a door: what asks it can be kept waiting, and let go. */
export async function startHeldSandbox(options: SandboxOptions = {}) {
  const sandbox = await createSandbox(options);
  const asked: string[] = [];
  const traceparents: (string | undefined)[] = [];
  const tracestates: (string | undefined)[] = [];
  let door = Promise.resolve();
  let tellAsked = () => {};
  const proxy = await serve((request, response) => {
    asked.push(request.url ?? '');
    traceparents.push(request.headers['traceparent']?.toString());
    tracestates.push(request.headers['tracestate']?.toString());
    tellAsked();
    const answered = door.then(async () => {
      const headers = { 'x-api-key': String(request.headers['x-api-key']) };
      const answer = await fetch(`${sandbox.url}${request.url}`, { headers });
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(await answer.text());
    });
    answered.catch(() => response.destroy());
  });
  return {
    ...{ sandbox, asked, traceparents, tracestates },
    env: { TOKENMETRICS_API_KEY: sandbox.key, TOKENMETRICS_BASE_URL: `${proxy.url}/v2` },
    /** From now on nobody is answered until the door is opened; resolves `onAsked` with the next request. */
    hold() {
      let open = () => {};
      door = new Promise((resolve) => (open = resolve));
      const onAsked = new Promise<void>((resolve) => (tellAsked = resolve));
      return { open, onAsked };
    },
    async close() {
      await proxy.close();
      await sandbox.close();
    },
  };
}
