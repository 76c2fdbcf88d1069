import { expect, test } from 'vitest';

import { parseRedisUrl } from '../../src/redis/url.ts';

const nobody = { username: undefined, password: undefined };

test.each([
  'redis://localhost',
  'redis://:p%40ss@127.0.0.1:6380/2',
  'rediss://user:pass@[::1]:6379/0?family=6',
])('one server is left to the client: %s', (url) => {
  expect(parseRedisUrl(url)).toEqual({ kind: 'single', url });
});

test('a Cluster has hosts, and one user for all of them', () => {
  expect(parseRedisUrl('redis+cluster://a,b:7000,[::1]:7001')).toEqual({
    ...{ kind: 'cluster', isEncrypted: false, ...nobody },
    addresses: [
      { host: 'a', port: 6379 },
      { host: 'b', port: 7000 },
      { host: '::1', port: 7001 },
    ],
  });
  expect(parseRedisUrl('rediss+cluster://us%3Aer:p%40:s%2Fs@a:1/0')).toEqual({
    ...{ kind: 'cluster', isEncrypted: true, username: 'us:er', password: 'p@:s/s' },
    addresses: [{ host: 'a', port: 1 }],
  });
});

test('Sentinels have hosts, the name of a master, and credentials for both', () => {
  expect(parseRedisUrl('redis+sentinel://a,b:7000/mymaster')).toEqual({
    ...{ kind: 'sentinel', isEncrypted: false, ...nobody, sentinel: nobody },
    ...{ master: 'mymaster', database: 0 },
    addresses: [
      { host: 'a', port: 26379 },
      { host: 'b', port: 7000 },
    ],
  });
  const options = 'sentinel_username=watch&sentinel_password=w%40tch%2B';
  expect(parseRedisUrl(`rediss+sentinel://:p%40ss@a:1/my%20master/3?${options}`)).toEqual({
    ...{ kind: 'sentinel', isEncrypted: true, username: undefined, password: 'p@ss' },
    sentinel: { username: 'watch', password: 'w@tch+' },
    ...{ master: 'my master', database: 3, addresses: [{ host: 'a', port: 1 }] },
  });
});

const startsWith = 'expected a URL that starts with redis://';
const hosts = 'expected hosts as in a:6379,b:6379';
const noDatabase = 'expected no database: a Cluster has but 0';
const noOptions = 'expected no options';
const master = 'expected the name of the master behind the Sentinels';
const database = 'expected the number of a database';

test.each([
  ['http://:hunter2@a', startsWith],
  ['redis-sentinel://:hunter2@a/m', startsWith],
  ['redis://:hunter2@a:port', startsWith],
  ['redis://:hunter2@a:1,b:2', 'expected one host'],
  ['redis+cluster:hunter2', startsWith],
  ['redis+cluster://a#hunter2', startsWith],
  ['redis://:hunter2@a/first', database],
  ['redis+cluster://:hunter2@', hosts],
  ['redis+cluster://:hunter2@a,,b', hosts],
  ['redis+cluster://:hunter2@a:99999', hosts],
  ['redis+cluster://:hunter2@a b', hosts],
  ['redis+cluster://hunter2@a', 'expected user:password or :password before the @'],
  ['redis+cluster://:hunter2%@a', 'expected %25 for a %'],
  ['redis+cluster://:hunter2@a/1', noDatabase],
  ['redis+cluster://:pass/hunter2@a', noDatabase],
  ['redis+cluster://:pass?hunter2@a', noOptions],
  ['redis+sentinel://:hunter2@a', master],
  ['redis+sentinel://:hunter2@a/', master],
  ['redis+sentinel://:hunter2@a/m/0/more', master],
  ['redis+sentinel://:hunter2@a/m/one', database],
  ['redis+sentinel://:hunter2@a/m?password=hunter2', noOptions],
])('%s: %s', (url, told) => {
  const parse = () => parseRedisUrl(url);
  expect(parse).toThrow(told);
  expect(parse).not.toThrow('hunter2');
});
