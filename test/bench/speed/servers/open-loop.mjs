import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { setTimeout as after } from 'node:timers/promises';
import { Agent } from 'undici';

/**
 * Sends requests at a fixed rate, whatever becomes of those before, and counts the time of each from the
 * moment it was due: who is slow is not asked more seldom for that.
 */
const { origin, requests: file, perSecond, seconds, warmUpSeconds } = JSON.parse(process.argv[2]);
const requests = readFileSync(file, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => {
    const [method, path, key, body] = line.split('\t');
    const headers = { accept: 'application/graphql-response+json', 'x-api-key': key };
    return {
      ...{ origin, method, path },
      headers: body === '' ? headers : { ...headers, 'content-type': 'application/json' },
      ...(body === '' ? {} : { body }),
    };
  });
const agent = new Agent({ connections: 1000 });
const latencies = [];
const lateness = [];
const faults = new Map();

async function send(options, dueAt, isCounted) {
  const sentAt = performance.now();
  let fault;
  try {
    const { statusCode, body } = await agent.request(options);
    const text = await body.text();
    if (statusCode !== 200) fault = `status ${statusCode}`;
    else if (text.includes('"errors":')) fault = 'errors';
  } catch (error) {
    fault = error.code ?? error.message;
  }
  if (fault !== undefined) faults.set(fault, (faults.get(fault) ?? 0) + 1);
  if (!isCounted) return;
  latencies.push(performance.now() - dueAt);
  lateness.push(sentAt - dueAt);
}

const warmUps = warmUpSeconds * perSecond;
const count = warmUps + seconds * perSecond;
const startAt = performance.now();
const sent = [];
for (let index = 0; index < count;) {
  const dueAt = startAt + (index * 1000) / perSecond;
  const waitMs = dueAt - performance.now();
  if (waitMs > 0) {
    await after(waitMs);
    continue;
  }
  sent.push(send(requests[index % requests.length], dueAt, index >= warmUps));
  index += 1;
}
await Promise.all(sent);
await agent.close();

const quantile = (figures, share) =>
  figures.toSorted((a, b) => a - b)[
    Math.min(figures.length - 1, Math.floor(figures.length * share))
  ];
process.stdout.write(
  JSON.stringify({
    requests: latencies.length,
    sent: count,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    lateP99Ms: quantile(lateness, 0.99),
    faults: [...faults].map(([fault, times]) => `${times} × ${fault}`),
  }),
);
