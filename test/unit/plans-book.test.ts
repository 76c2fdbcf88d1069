import { mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createPlanBook, fixedPlanBook } from '../../src/callers/plans/plan-book.ts';
import { builtInPlans, type PlanDefaults } from '../../src/callers/plans/plans.ts';
import { PlansError } from '../../src/callers/plans/read-plans.ts';
import { watchFiles } from '../../src/file-watch.ts';
import { recordingLog } from '../support/recording-log.ts';

const defaults: PlanDefaults = {
  priority: 'normal',
  requestsPerMinute: undefined,
  pointsPerMinute: undefined,
  creditsPerMonth: undefined,
  operation: { pointsMax: 10_000, creditsMax: 100, depthMax: 20 },
  pageSizeMax: 100,
  historyDaysMax: undefined,
  documents: 'open',
  introspection: true,
  scopes: [],
};

const fileOf = (pageSize: number | string) =>
  JSON.stringify({ default: 'a', plans: { a: { pageSize } } });

/** A book over a file in memory, whose watch is pulled by hand. */
async function bookOf(text: string) {
  const disk = { text, reads: 0, fault: undefined as Error | undefined, gate: Promise.resolve() };
  const watch = { change: () => {}, stops: 0 };
  const { log, lines } = recordingLog();
  const book = await createPlanBook({
    file: '/etc/assay/plans.json',
    defaults,
    log,
    read: async () => {
      disk.reads += 1;
      const { text: found, gate } = disk;
      await gate;
      if (disk.fault !== undefined) throw disk.fault;
      return found;
    },
    watch: ({ onChange }) => {
      watch.change = onChange;
      return () => {
        watch.stops += 1;
      };
    },
  });
  const pageSize = () => book.current().byName.get('a')?.pageSizeMax;
  return { book, disk, watch, lines, pageSize };
}

describe('the book of plans', () => {
  it('follows its file', async () => {
    const { book, disk, watch, lines, pageSize } = await bookOf(fileOf(10));
    expect(pageSize()).toBe(10);
    disk.text = fileOf(20);
    watch.change();
    expect(pageSize()).toBe(10);
    await book.reload();
    expect(pageSize()).toBe(20);
    expect(book.planOf('a')).toMatchObject({ kind: 'plan', plan: { pageSizeMax: 20 } });
    expect(book.planOf('b')).toEqual({ kind: 'unknown-plan', name: 'b' });
    expect(lines).toEqual([
      { level: 'info', message: 'The plans were read anew.', object: { plans: ['a'] } },
    ]);
    book.close();
    expect(watch.stops).toBe(1);
  });

  it('keeps its plans when the new file is bad, and tells all mistakes once for each bad file', async () => {
    const { book, disk, lines, pageSize } = await bookOf(fileOf(10));
    const before = book.current();
    disk.text = JSON.stringify({ default: 'b', plans: { a: { pageSize: 0, color: 1 } } });
    for (let times = 0; times < 3; times += 1) await book.reload();
    expect(book.current()).toBe(before);
    const message = 'The plans file was refused; the plans before it stay in force.';
    const first = {
      level: 'warn',
      message,
      object: {
        problems: [
          "plans.a.pageSize: expected a whole number from 1 to 100 (the gateway's own limit), got 0",
          'plans.a.color: expected no such member, got one',
          'default: expected the name of a plan, got "b" (did you mean "a"?)',
        ],
      },
    };
    expect(lines).toEqual([first]);
    disk.text = fileOf('many');
    await book.reload();
    await book.reload();
    expect(lines.length).toBe(2);
    disk.text = fileOf(10);
    await book.reload();
    expect(lines.length).toBe(2);
    disk.text = fileOf('many');
    await book.reload();
    expect(lines.slice(2)).toEqual([lines[1]]);
    disk.text = fileOf(30);
    await book.reload();
    expect(pageSize()).toBe(30);
  });

  it('keeps its plans when the file is gone, and does not tell where it was', async () => {
    const { book, disk, lines, pageSize } = await bookOf(fileOf(10));
    disk.fault = Object.assign(new Error("no such file, open '/etc/assay/plans.json'"), {
      code: 'ENOENT',
    });
    await book.reload();
    await book.reload();
    expect(pageSize()).toBe(10);
    expect(lines.map(({ object }) => object)).toEqual([
      { problems: ['expected a file that can be read, got ENOENT'] },
    ]);
    disk.fault = undefined;
    disk.text = fileOf(20);
    await book.reload();
    expect(pageSize()).toBe(20);
  });

  it('reads one at a time, and those who ask meanwhile get what was there when they asked', async () => {
    const { book, disk, pageSize } = await bookOf(fileOf(10));
    let open = () => {};
    disk.gate = new Promise((resolve) => {
      open = resolve;
    });
    const first = book.reload();
    disk.text = fileOf(20);
    const later = [book.reload(), book.reload(), book.reload()];
    expect(disk.reads).toBe(2);
    open();
    await first;
    expect(pageSize()).toBe(10);
    await Promise.all(later);
    expect(pageSize()).toBe(20);
    expect(disk.reads).toBe(3);
    await book.reload();
    expect(disk.reads).toBe(4);
  });

  it('is not opened over a bad file, or none', async () => {
    await expect(bookOf('{"plans":{}}')).rejects.toThrow(PlansError);
    const { log } = recordingLog();
    const missing = createPlanBook({ file: '/nowhere/plans.json', defaults, log });
    await expect(missing).rejects.toMatchObject({
      problems: ['expected a file that can be read, got ENOENT'],
    });
  });

  it('without a file has the built-in plan for good', async () => {
    const plans = builtInPlans({ isSandbox: true, anonymous: 'auto', defaults });
    const book = fixedPlanBook(plans);
    await book.reload();
    expect(book.current()).toBe(plans);
    expect(book.planOf(undefined)).toEqual({ kind: 'plan', plan: plans.fallback });
    book.close();
  });
});

describe('the watch over the file', () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    vi.useRealTimers();
    for (const end of ends.splice(0).reverse()) await end();
  });

  async function folder() {
    const path = await mkdtemp(join(tmpdir(), 'assay-plans-'));
    ends.push(() => rm(path, { recursive: true }));
    return path;
  }

  it.each(['written', 'replaced', 'linked elsewhere'])('sees it %s', async (how) => {
    const at = await folder();
    const file = join(at, 'plans.json');
    await writeFile(join(at, 'old'), fileOf(10));
    await symlink('old', file);
    let tell = (_plans: object) => {};
    const told = new Promise<object>((resolve) => {
      tell = resolve;
    });
    const log = { info: (fields: object) => tell(fields), warn: () => {} };
    const book = await createPlanBook({ file, defaults, log, pollMs: 3600_000 });
    ends.push(book.close);
    if (how === 'written') await writeFile(file, fileOf(20));
    else {
      const fresh = join(at, 'fresh');
      if (how === 'replaced') await writeFile(fresh, fileOf(20));
      else {
        await writeFile(join(at, 'new'), fileOf(20));
        await symlink('new', fresh);
      }
      await rename(fresh, file);
    }
    expect(await told).toEqual({ plans: ['a'] });
    expect(book.current().fallback?.pageSizeMax).toBe(20);
  });

  it('looks now and then where nobody tells, until it is stopped', () => {
    vi.useFakeTimers();
    const onChange = vi.fn();
    const stop = watchFiles({ files: ['/nowhere/plans.json'], pollMs: 5_000, onChange });
    vi.advanceTimersByTime(4_999);
    expect(onChange).toHaveBeenCalledTimes(0);
    vi.advanceTimersByTime(10_001);
    expect(onChange).toHaveBeenCalledTimes(3);
    stop();
    vi.advanceTimersByTime(60_000);
    expect(onChange).toHaveBeenCalledTimes(3);
  });

  it('keeps no process alive', async () => {
    const file = join(await folder(), 'plans.json');
    const active = () =>
      process.getActiveResourcesInfo().filter((name) => /Timeout|FSEvent/.test(name)).length;
    const before = active();
    ends.push(watchFiles({ files: [file], pollMs: 5_000, onChange: () => {} }));
    expect(active()).toBe(before);
  });

  it('refuses a file of more than 4 MiB', async () => {
    const file = join(await folder(), 'plans.json');
    await writeFile(file, `${' '.repeat(4 * 1024 * 1024)}${fileOf(10)}`);
    const { log } = recordingLog();
    await expect(createPlanBook({ file, defaults, log })).rejects.toThrow('at most 4194304 bytes');
    await unlink(file);
  });
});
