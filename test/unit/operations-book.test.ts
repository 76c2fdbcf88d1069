import { describe, expect, it } from 'vitest';
import { environmentNames } from '../../src/config.ts';
import { codes } from '../../src/errors.ts';
import { ask, startWithEverything } from '../support/admin.ts';
import { envOf, exists, readText } from '../support/deploy-files.ts';
import { logMessages } from '../support/log-messages.ts';
import { alerts, dashboard } from '../support/monitoring-files.ts';
import {
  alertSections,
  book,
  chapter,
  deadLinks,
  leads,
  messagesIn,
  metricNames,
  panelNames,
  paths,
  queries,
  questions,
  redisKeys,
  scripts,
  shoutedNames,
} from '../support/operations-book.ts';
import { declaredName, knownOf, problemsOfPromql } from '../support/promql-problems.ts';
import { sourceTexts } from '../support/source-files.ts';

/** OPERATIONS.md says nothing that is not there: who reads it has no time to find out. */

/** Of Node, of OpenSSL, of undici and of Redis. */
const wordsOfOthers = [
  ...['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'UND_ERR_CONNECT_TIMEOUT'],
  ...['NODE_EXTRA_CA_CERTS', 'REDISCLI_AUTH'],
];

let learnt: ReturnType<typeof askGateway> | undefined;
const learn = () => (learnt ??= askGateway());

/** What a gateway tells that uses everything there is, and how it answers what the book asks it. */
async function askGateway() {
  const { port, metrics } = await startWithEverything(10);
  const statuses = await Promise.all(
    questions.map(async (path) => [path, (await ask(port, path)).status] as const),
  );
  return { known: knownOf(await metrics()), statuses };
}

const told = alerts.map(({ alert, expr, annotations }, at) => ({
  ...{ alert, runbook: annotations.runbook, text: alertSections[at]?.text ?? '' },
  bound: Number(/[<>]=? ([\d.e]+)\s*$/.exec(expr)?.[1] ?? 0),
}));

/** A bound as people write it: the number itself, a share, seconds or bytes. */
const boundsTold = (bound: number) =>
  [`${bound}`, `${+(100 * bound).toFixed(6)} %`, `${1000 * bound} ms`, `${bound / 1e6} MB`].map(
    (words) => new RegExp(`(?<![\\d.])${words}(?![\\d.]\\d)`),
  );

describe('an alert', () => {
  it('has the heading of its name, in the order of the rules, and no other has one', () => {
    expect(alertSections.map(({ heading }) => heading)).toEqual(told.map(({ alert }) => alert));
  });

  it('leads to its heading', () => {
    const lost = told.filter(({ runbook }) => !leads(runbook));
    expect(lost.map(({ alert }) => alert)).toEqual([]);
  });

  it.each(told)('$alert is explained whole, with a command to look first', ({ text }) => {
    const labels = [...text.matchAll(/^- \*\*(\w+)\*\*/gm)].map(([, label]) => label);
    expect(labels).toEqual(['Means', 'Look', 'Causes', 'Do', 'Over']);
    const look = text.slice(text.indexOf('**Look**'), text.indexOf('**Causes**'));
    expect(look).toMatch(/^ {2}```sh$/m);
  });

  it.each(told.filter(({ bound }) => bound > 0))('$alert is told by its bound', (each) => {
    expect(boundsTold(each.bound).some((pattern) => pattern.test(each.text))).toBe(true);
  });
});

describe('what is asked', () => {
  it('of Prometheus are metrics and labels that there are', async () => {
    const { known } = await learn();
    const problems = queries.flatMap((text) =>
      problemsOfPromql(text, known).map((problem) => `${text}: ${problem}`),
    );
    expect(problems).toEqual([]);
    expect(metricNames.filter((name) => declaredName(name, known) === undefined)).toEqual([]);
    expect(queries.length).toBeGreaterThan(alerts.length);
  });

  it('of the admin port is answered', async () => {
    const { statuses } = await learn();
    expect(statuses.filter(([, status]) => status !== 200)).toEqual([]);
    expect(statuses.length).toBeGreaterThan(3);
  });

  it('of npm are its scripts', () => {
    const known = JSON.parse(readText('package.json')).scripts;
    expect(scripts.filter((name) => !(name in known))).toEqual([]);
    expect(scripts).not.toEqual([]);
  });
});

describe('a name', () => {
  it('of a variable or of a code is one', () => {
    const known = new Set([...environmentNames, ...Object.keys(codes), ...wordsOfOthers]);
    expect(shoutedNames.filter((name) => !known.has(name))).toEqual([]);
    expect(wordsOfOthers.filter((name) => !shoutedNames.includes(name))).toEqual([]);
  });

  it('in italics is that of a row or a panel of the dashboard', () => {
    const titles = dashboard.panels.map(({ title }: any) => title);
    expect(panelNames.filter((name) => !titles.includes(name))).toEqual([]);
    expect(panelNames).not.toEqual([]);
  });

  it('of a key in Redis is in the source, and all are told but those of moments', () => {
    const written = [...sourceTexts.join().matchAll(/[`'](assay:[a-z]+)/g)].map(([, key]) => key);
    const momentary = ['assay:claims', 'assay:probe'];
    const lasting = [...new Set(written)].filter((key = '') => !momentary.includes(key));
    expect([...redisKeys].sort()).toEqual(lasting.sort());
  });

  it('of a file is that of one, and links lead somewhere', () => {
    expect(paths.filter((path) => !exists(path))).toEqual([]);
    expect(deadLinks).toEqual([]);
    for (const page of ['README.md', 'deploy/README.md']) {
      expect(readText(page)).toMatch(/\]\((?:\.\.\/)?OPERATIONS\.md\)/);
    }
  });
});

it('memory is told with its defaults', () => {
  const defaults = envOf(readText('.env.example'));
  const told = [...book.matchAll(/^\| `(\w+_MB)` +\| (\d+) +\|/gm)];
  expect(told.length).toBe(Object.keys(defaults).filter((name) => name.endsWith('_MB')).length);
  for (const [, name = '', megabytes] of told)
    expect([name, defaults[name]]).toEqual([name, megabytes]);
});

describe('a message of the log', () => {
  it('that is quoted is written somewhere', () => {
    const isWritten = (told: string) =>
      // The line of a request is made by hand, piece by piece.
      told === 'request' || logMessages.some(({ matches }) => matches(told));
    expect(messagesIn(book).filter((told) => !isWritten(told))).toEqual([]);
  });

  it('that warns is explained', () => {
    const explained = messagesIn(chapter('What the log says'));
    const warnings = logMessages.filter(({ level }) => level >= 40);
    const lost = warnings.filter(({ matches }) => !explained.some(matches));
    expect(lost.map(({ written: message }) => message)).toEqual([]);
    expect(warnings.length).toBeGreaterThan(15);
  });
});
