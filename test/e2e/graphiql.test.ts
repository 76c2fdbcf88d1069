import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest';

import { loadExamples } from '../../src/examples.ts';
import { type GatewayProcess, spawnGateway } from './gateway-process.ts';

const examples = await loadExamples();

let gateway: GatewayProcess;
let origin: string;
let browser: Browser;

beforeAll(async () => {
  gateway = spawnGateway();
  [origin, browser] = await Promise.all([
    gateway.origin(),
    chromium.launch({
      executablePath: inject('chromiumPath'),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    }),
  ]);
});

afterAll(async () => {
  await browser?.close();
  await gateway.kill();
});

/** A newcomer's first visit; what the page asks of anybody but the gateway is refused and told. */
async function visit() {
  const context: BrowserContext = await browser.newContext({
    viewport: { width: 1440, height: 900 },
  });
  onTestFinished(() => context.close());
  const strangers: string[] = [];
  const complaints: string[] = [];
  await context.route('**/*', async (route) => {
    const url = route.request().url();
    if (new URL(url).origin === origin) return route.continue();
    strangers.push(url);
    return route.abort();
  });
  const page: Page = await context.newPage();
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(`${origin}/graphql`);
  await page.getByRole('tab').first().waitFor();
  return { page, strangers, complaints };
}

/** What the editor shows, as one text; it draws spaces that do not break. */
async function textOf(page: Page, selector: string): Promise<string> {
  return (await page.locator(selector).innerText()).replaceAll('\u00a0', ' ');
}

test('GraphiQL opens with a tab for each published operation and asks nobody but the gateway', async () => {
  const { page, strangers, complaints } = await visit();
  expect(await page.title()).toBe('Assay');
  const tabs = page.locator('.graphiql-tab');
  const names = examples.map(({ text }) => /^(?:query|mutation) (\w+)/m.exec(text)?.[1]);
  expect(await tabs.allInnerTexts()).toEqual(names);
  await page.locator('.graphiql-query-editor .view-line').first().waitFor();
  expect(await textOf(page, '.graphiql-query-editor .view-lines')).toContain(
    '# The largest tokens',
  );
  expect({ strangers, complaints }).toEqual({ strangers: [], complaints: [] });
});

test('the first example runs at the press of the button and shows data and what it cost', async () => {
  const { page, strangers, complaints } = await visit();
  const answered = page.waitForResponse(
    (response) => response.request().postData()?.includes('TopTokens') ?? false,
  );
  await page.locator('.graphiql-execute-button').click();
  const { data, errors, extensions } = await (await answered).json();
  expect(errors).toBeUndefined();
  expect(data.topTokens.nodes[0]).toMatchObject({ symbol: 'BTC', price: { source: 'SANDBOX' } });
  expect(extensions.cost.credits.spent).toBeGreaterThan(0);

  const response = page.locator('.graphiql-response');
  await response.getByText('"BTC"').first().waitFor();
  // The cost stands before the data: in view without scrolling.
  await response.getByText('"pointsLimit"').waitFor();
  expect(await textOf(page, '.graphiql-response .view-lines')).toMatch(/"spent": \d+/);
  expect({ strangers, complaints }).toEqual({ strangers: [], complaints: [] });
});

test('the documentation explorer tells what a field means', async () => {
  const { page, strangers, complaints } = await visit();
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
  const explorer = page.locator('.graphiql-doc-explorer');
  await explorer.getByText('Query', { exact: true }).click();
  await explorer.getByText('The largest tokens by market cap, largest first.').waitFor();
  await explorer.getByRole('link', { name: 'topTokens', exact: true }).click();
  await explorer.getByText('Items of a page: 20 without it, 100 at most.').waitFor();
  expect({ strangers, complaints }).toEqual({ strangers: [], complaints: [] });
});
