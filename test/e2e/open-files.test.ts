import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { openBare } from './bare-connection.ts';
import { spawnGateway } from './gateway-process.ts';

const request =
  'GET /graphql?query={topTokens(first:1){nodes{symbol}}} HTTP/1.1\r\nhost: gateway\r\naccept: application/json\r\n\r\n';
const bitcoin = '"data":{"topTokens":{"nodes":[{"symbol":"BTC"}]}}';

test('with few open files allowed it says so, lets in fewer, and those it serves whole', async () => {
  const command = `ulimit -n 256; exec "${process.execPath}" --import tsx src/main.ts`;
  const gateway = spawnGateway({}, { folder: '.', command: 'sh', args: ['-c', command] });
  onTestFinished(() => gateway.kill());
  const told = JSON.parse(await gateway.untilLogged(/CONNECTIONS_MAX is bounded by the limit/));
  const { connectionsMax } = told;
  expect([told.level, connectionsMax]).toEqual([40, 256 - 64 - 2 * 16]);

  const origin = await gateway.origin();
  const clients = [];
  for (let at = 0; at < 300; at += 1) clients.push(await openBare(origin));
  // Those that came first are in, all others are closed.
  const [inside, outside] = [clients.slice(0, connectionsMax), clients.slice(connectionsMax)];
  await Promise.all(outside.map(({ closed }) => closed));
  const last = inside.at(-1);
  last?.socket.write(request);
  expect(await last?.more()).toContain(bitcoin);

  for (const { socket } of inside.slice(1)) socket.destroy();
  await Promise.all(inside.slice(1).map(({ closed }) => closed));
  inside[0]?.socket.write(request);
  expect(await inside[0]?.more()).toContain(bitcoin);
  const next = await openBare(origin);
  next.socket.write(request);
  await Promise.race([next.closed, once(next.socket, 'data')]);
  expect(next.received).toContain(bitcoin);
  expect(gateway.stdout).not.toContain('EMFILE');
  expect(gateway.stderr).toBe('');
});
