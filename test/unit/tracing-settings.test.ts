import { expect, test } from 'vitest';
import { examineEnvironment, readConfig } from '../../src/config.ts';

const at = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector.test:4318/' };

test('nothing is recorded without a place for it', () => {
  expect(readConfig({ OTEL_TRACES_SAMPLER: 'always_on' }).tracing).toBeUndefined();
});

test('a place is enough: one request of a hundred is recorded, and what others record', () => {
  expect(readConfig(at).tracing).toEqual({
    url: 'http://collector.test:4318/v1/traces',
    headers: undefined,
    timeoutMs: 10_000,
    resource: { 'service.name': 'assay' },
    ...{ ratio: 0.01, isParentBased: true, forcedPerSecond: 10 },
  });
});

test('the place of traces alone is taken as it is', () => {
  const env = { ...at, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://other.test/traces' };
  expect(readConfig(env).tracing?.url).toBe('https://other.test/traces');
});

test.each([
  ['parentbased_traceidratio', { ratio: 0.2, isParentBased: true }],
  ['parentbased_always_on', { ratio: 1, isParentBased: true }],
  ['parentbased_always_off', { ratio: 0, isParentBased: true }],
  ['traceidratio', { ratio: 0.2, isParentBased: false }],
  ['always_on', { ratio: 1, isParentBased: false }],
  ['always_off', { ratio: 0, isParentBased: false }],
])('the sampler %s is one of ours', (sampler, settings) => {
  const env = { ...at, OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: '0.2' };
  expect(readConfig(env).tracing).toMatchObject(settings);
});

test.each([
  ['service.name=a', undefined, 'a'],
  ['service.name=a', 'b', 'b'],
  [undefined, 'b', 'b'],
])('of attributes %s and name %s the service is %s', (attributes = '', name = '', service) => {
  const env = { ...at, OTEL_RESOURCE_ATTRIBUTES: attributes, OTEL_SERVICE_NAME: name };
  expect(readConfig(env).tracing?.resource).toEqual({ 'service.name': service });
});

test('attributes are read with their encoding', () => {
  const env = { ...at, OTEL_RESOURCE_ATTRIBUTES: 'k8s.pod.name = one%2Ctwo , a=b=c' };
  expect(readConfig(env).tracing?.resource).toMatchObject({ 'k8s.pod.name': 'one,two', a: 'b=c' });
});

test('all mistakes are told at once, without repeating a secret', () => {
  const { problems } = examineEnvironment({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'grpc://collector.test',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://user:secret@collector.test',
    OTEL_EXPORTER_OTLP_HEADERS: 'secret',
    OTEL_EXPORTER_OTLP_TIMEOUT: '0',
    OTEL_RESOURCE_ATTRIBUTES: 'a=%E0%A4%A',
    OTEL_TRACES_SAMPLER: 'jaeger_remote',
    OTEL_TRACES_SAMPLER_ARG: '2',
    TRACES_FORCED_PER_SECOND: 'many',
  });
  const pairs = 'expected name=value, several comma-separated, their values percent-encoded';
  expect(problems).toEqual([
    'OTEL_EXPORTER_OTLP_ENDPOINT: expected a URL that starts with https:// or http://',
    'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: expected no user, no password and no query in it',
    `OTEL_EXPORTER_OTLP_HEADERS: ${pairs}`,
    'OTEL_EXPORTER_OTLP_TIMEOUT: expected at least 1',
    `OTEL_RESOURCE_ATTRIBUTES: ${pairs}`,
    'OTEL_TRACES_SAMPLER: expected one of parentbased_traceidratio, parentbased_always_on, parentbased_always_off, traceidratio, always_on, always_off',
    'OTEL_TRACES_SAMPLER_ARG: expected at most 1',
    'TRACES_FORCED_PER_SECOND: expected a whole number from 0 to 1000000',
  ]);
});

test.each(['a b=c', 'a=%0A', '=b', 'a'])('%j is no header', (headers) => {
  const { problems } = examineEnvironment({ ...at, OTEL_EXPORTER_OTLP_HEADERS: headers });
  expect(problems).toHaveLength(1);
});
