import { parseArgs } from 'node:util';
import { ConfigError, examineEnvironment, readConfig } from '../config.ts';

/** `npm run upstream:status`: what the admin listener of a running gateway says. */

const usage = 'expected --url http://host:port, --json, or neither';
const patienceMs = 10_000;

/** A reason to end that is told in one line. */
class Hindrance extends Error {}

try {
  const { url, json } = readArguments();
  const base = url === undefined ? urlOfEnvironment() : checkedUrl(url);
  process.stdout.write(json ? await read(base, 'upstreams') : await read(base, 'status'));
} catch (error) {
  if (!(error instanceof Hindrance)) throw error;
  process.stderr.write(`${error.message.replace(/\s*\n\s*/g, ' ')}\n`);
  process.exitCode = 1;
}

function readArguments() {
  try {
    const options = { url: { type: 'string' }, json: { type: 'boolean', default: false } } as const;
    return parseArgs({ options }).values;
  } catch (error) {
    throw new Hindrance(`${messageOf(error)} (${usage})`);
  }
}

function checkedUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new Hindrance(`--url "${text}" is no URL: ${usage}`);
}

/** Where a gateway with this environment listens for its operators. */
function urlOfEnvironment(): string {
  const { admin } = configured();
  if (admin === undefined) {
    throw new Hindrance('ADMIN_PORT is not set: expected the port of the gateway, or --url');
  }
  if (admin.port === 0) {
    throw new Hindrance('ADMIN_PORT is 0, any port: expected --url with the one in its log');
  }
  // Everywhere is where it may listen, and nowhere to ask.
  const host = ['0.0.0.0', '::'].includes(admin.host) ? 'localhost' : admin.host;
  return `http://${host.includes(':') ? `[${host}]` : host}:${admin.port}`;
}

function configured() {
  try {
    return readConfig();
  } catch (error) {
    if (error instanceof ConfigError) throw new Hindrance(error.message);
    throw error;
  }
}

async function read(base: string, path: 'upstreams' | 'status'): Promise<string> {
  const { status, type, text } = await fetched(base, path);
  if (status === 401) {
    throw new Hindrance(
      `${base}/${path} answered 401: expected ADMIN_TOKEN to hold a token it knows`,
    );
  }
  const expected = path === 'status' ? 'text/plain' : 'application/json';
  if (status === 200 && type.startsWith(expected)) return text;
  throw new Hindrance(
    `${base}/${path} answered ${status} ${type}: expected the admin listener of a gateway`,
  );
}

async function fetched(base: string, path: string) {
  const headers = tokenHeaders();
  try {
    const response = await fetch(`${base.replace(/\/$/, '')}/${path}`, {
      signal: AbortSignal.timeout(patienceMs),
      // The token is nobody else's business.
      redirect: 'manual',
      headers,
    });
    const type = response.headers.get('content-type') ?? 'without a media type';
    return { status: response.status, type, text: await response.text() };
  } catch (error) {
    throw new Hindrance(
      `${base} cannot be reached (${messageOf(error)}): does a gateway run there with ADMIN_PORT?`,
    );
  }
}

/** The first token a gateway with this environment knows; what else is wrong with it does not matter here. */
function tokenHeaders(): Record<string, string> {
  const [token] = examineEnvironment().config.adminTokens;
  return token === undefined ? {} : { authorization: `Bearer ${token.reveal()}` };
}

/** What went wrong; fetch itself only says that something did. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return 'code' in cause ? String(cause.code) : cause.message;
}
