import { expect, onTestFinished, test } from 'vitest';

import { createKeyring } from '../../src/callers/keys/keyring.ts';
import { recordingLog } from '../support/recording-log.ts';

/** What the log is told of keys that cannot be used. */

class OddError extends TypeError {
  override readonly name = 'OddError';
  readonly code = 'ERR_ODD';
}

test('an error that nobody expected is told by its kind and code, and nothing it says', async () => {
  const { log, lines } = recordingLog();
  const client = {
    hget: () => Promise.resolve(null),
    eval: () => Promise.resolve(0),
    hgetall: () =>
      Promise.resolve({
        get version(): string {
          throw new OddError('secret of /home/secret');
        },
      }),
    on: () => {},
    off: () => {},
  };
  const keyring = createKeyring({ source: { kind: 'redis', client }, log });
  onTestFinished(keyring.close);
  await keyring.ready;
  expect(lines).toEqual([
    {
      level: 'error',
      message: 'API keys cannot be used; no key is known until they can',
      object: { place: 'Redis assay:keys', problems: ['OddError (ERR_ODD)'] },
    },
  ]);
});
