import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { pathOf } from '../support/deploy-files.ts';
import { firingAt, ruleTests, ruleTestsFile } from '../support/rule-tests.ts';
import { findProgram } from '../support/system-package.ts';

/** `alerts.test.yml` by an evaluator of ours, and by Prometheus' own where it is on the machine. */

describe('the alerts fire when they should, and not when they should not:', () => {
  it.each(ruleTests)('$name', ({ series, checks }) => {
    const found = checks.map((check) => ({
      ...check,
      firing: firingAt(check.alert, series, check.seconds),
    }));
    expect(found).toEqual(checks);
  });

  const promtools = [findProgram({ name: 'prometheus', programs: ['promtool'] })];
  it.each(promtools.filter((path) => path !== undefined))('%s says so, too', (promtool) => {
    expect(() => execFileSync(promtool, ['test', 'rules', pathOf(ruleTestsFile)])).not.toThrow();
  });

  it('those that are silent somewhere fire elsewhere', () => {
    const checks = ruleTests.flatMap((test) => test.checks);
    const fire = new Set(checks.filter(({ firing }) => firing > 0).map(({ alert }) => alert));
    const silent = checks.filter(({ firing }) => firing === 0).map(({ alert }) => alert);
    expect([...new Set(silent)].filter((alert) => !fire.has(alert))).toEqual(['AssayGatewayDown']);
    expect(fire.size).toBeGreaterThan(6);
  });
});
