import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openBare } from './bare-connection.ts';
import { type GatewayProcess, spawnGateway } from './gateway-process.ts';

/** As many bytes in lines of the log as no pipe holds. */
const requests = 4000;
const request =
  'GET /graphql?query=%7B__typename%7D HTTP/1.1\r\nhost: gateway\r\naccept: application/json\r\n\r\n';
const tidy = { code: 0, signal: null };

/** Asks so many times on one connection; all are answered. */
async function askOften(origin: string, times = requests) {
  const { socket } = await openBare(origin);
  let answers = 0;
  const answered = new Promise<void>((done, failed) => {
    socket.on('data', (text: string) => {
      answers += text.split('HTTP/1.1 200 OK').length - 1;
      if (answers === times) done();
    });
    socket.once('close', () => failed(new Error(`closed after ${answers} answers`)));
  });
  // A few at once, as a pipeline longer than that is not read.
  for (let at = 0; at < times; at += 50) {
    const before = answers;
    socket.write(request.repeat(50));
    while (answers < before + 50) await once(socket, 'data');
  }
  await answered;
  socket.destroy();
}

async function endsTidily(gateway: GatewayProcess) {
  gateway.terminate();
  expect(await gateway.ended).toEqual(tidy);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

function start(...options: Parameters<typeof spawnGateway>) {
  const gateway = spawnGateway(...options);
  onTestFinished(() => gateway.kill());
  return gateway;
}

const linesOf = (gateway: GatewayProcess) => gateway.stdout.match(/"status":200/g) ?? [];

test('a log that nobody reads any more stops nothing; read again, it is whole', async () => {
  const gateway = start({ SHUTDOWN_GRACE_MS: '600000' });
  const origin = await gateway.origin();
  gateway.output.pause();
  await askOften(origin);
  expect(linesOf(gateway).length).toBeLessThan(requests);
  gateway.output.resume();
  while (linesOf(gateway).length < requests) await once(gateway.output, 'data');
  await endsTidily(gateway);
  expect(gateway.stdout).toMatch(/"msg":"stopped"\}\n$/);
});

test('nor does it keep the process from ending', async () => {
  const gateway = start({ SHUTDOWN_GRACE_MS: '600000' });
  const origin = await gateway.origin();
  gateway.output.pause();
  await askOften(origin);
  gateway.terminate();
  expect(await gateway.exited).toEqual(tidy);
});

test('a log whose reader is gone stops nothing', async () => {
  const gateway = start();
  const origin = await gateway.origin();
  gateway.output.destroy();
  await askOften(origin, 1000);
  await endsTidily(gateway);
  expect(gateway.stderr).toBe('');
});

test('a log that has no room stops nothing', async () => {
  const port = await freePort();
  const command = `exec "${process.execPath}" --import tsx src/main.ts > /dev/full`;
  const gateway = start(
    { PORT: String(port) },
    { folder: '.', command: 'sh', args: ['-c', command] },
  );
  await untilListening(port);
  await askOften(`http://127.0.0.1:${port}`, 1000);
  await endsTidily(gateway);
  expect(gateway.stderr).toBe('');
});

async function untilListening(port: number) {
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined);
    if (answer?.status === 200) return;
    await new Promise((later) => setTimeout(later, 50));
  }
}
