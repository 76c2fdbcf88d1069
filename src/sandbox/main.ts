import { parseArgs } from 'node:util';

import { plans } from './plans.ts';
import { createSandbox } from './sandbox.ts';

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '0' },
    seed: { type: 'string', default: 'assay' },
    tokens: { type: 'string' },
    key: { type: 'string' },
    'basic-key': { type: 'string' },
  },
});
const { host, seed, tokens, key, 'basic-key': basicKey } = values;
const sandbox = await createSandbox({
  host,
  seed,
  port: Number(values.port),
  ...(tokens === undefined ? {} : { tokens: Number(tokens) }),
  ...(key === undefined ? {} : { key }),
  keys: basicKey === undefined ? {} : { [basicKey]: plans.basic },
});

const basic = basicKey === undefined ? '' : `, key ${basicKey} (basic plan)`;
process.stdout.write(
  `Sandbox on ${sandbox.url}/v2, key ${sandbox.key} (no limits)${basic}; all data is invented.\n`,
);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void sandbox.close());
}
