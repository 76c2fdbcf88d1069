import { describe, expect, it } from 'vitest';
import { PlansError } from '../../src/callers/plans/read-plans.ts';
import { MistakesError, refuseMistakes } from '../../src/mistakes.ts';

describe('the mistakes of several places', () => {
  it('are told together, place by place, after all were looked at', async () => {
    let isRead = false;
    const late = new Promise((_resolve, reject) => {
      setImmediate(() => {
        isRead = true;
        reject(new PlansError(['c', 'd']));
      });
    });
    const refused = refuseMistakes({
      'The environment': ['a'],
      'What is good': Promise.resolve(7),
      'The keys': Promise.reject(new PlansError(['b'])),
      'The plans': late,
    });
    await expect(refused).rejects.toThrow(
      new MistakesError([
        ['The environment', ['a']],
        ['The keys', ['b']],
        ['The plans', ['c', 'd']],
      ]),
    );
    expect(isRead).toBe(true);
    await expect(refused).rejects.toThrow(
      'The environment: 1 mistake\n  a\nThe keys: 1 mistake\n  b\nThe plans: 2 mistakes\n  c\n  d',
    );
  });

  it('are none when there are none', async () => {
    await refuseMistakes({ 'The environment': [], 'The plans': Promise.resolve() });
  });

  it('hide no fault of the program', async () => {
    const fault = new TypeError('x is undefined');
    const refused = refuseMistakes({ a: ['wrong'], b: Promise.reject(fault) });
    await expect(refused).rejects.toBe(fault);
  });
});
