import { test } from 'vitest';
import { startGateway } from '../support/gateway.ts';
import { startWatched } from '../support/watched-server.ts';
import { sendStream } from '../support/raw-streams.ts';
import { registrationOf } from '../support/two-ways.ts';
import { document, get, json, oddStreams, posted } from '../support/odd-streams.ts';
test('x', async () => {
  const g = await startGateway({ env: { ROWS_MEMORY_MB: '64' }, now: () => 1795000000000 });
  const a = await startWatched({ app: g.app, isDirect: true });
  for (const s of [posted(String(registrationOf(document).body)), get(), get(), posted(json), posted(json)])
    console.log(s, JSON.stringify((await sendStream(a, [Buffer.from(s,'latin1')])).answers.map(a=>[a.status,a.body])), a.counts);
  await a.close(); await g.close();
});
