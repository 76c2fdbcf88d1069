import { expect, test } from 'vitest';
import { RecentTexts } from '../../src/recent-texts.ts';

const shared = 'variables={"ids":["1","2","3"]}&extensions=';
/** Long enough that most of its characters are not looked at. */
const alike = (letter: string) => ({ text: `${shared.repeat(20)}${letter}${shared.repeat(20)}` });

test('a text is found again, whoever made it', () => {
  const recent = new RecentTexts();
  const found = alike('a');
  recent.add(found);
  expect(recent.get(Buffer.from(found.text).toString())).toBe(found);
  expect(recent.get('')).toBeUndefined();
});

test('no text is taken for another one, however alike they look', () => {
  const recent = new RecentTexts();
  const texts = Array.from({ length: 26 }, (_, at) => alike(String.fromCharCode(97 + at)));
  for (const added of texts) {
    recent.add(added);
    for (const { text } of texts) expect([undefined, text]).toContain(recent.get(text)?.text);
    expect(recent.get(added.text)).toBe(added);
  }
  // Which shows that they did look alike.
  expect(texts.filter(({ text }) => recent.get(text) !== undefined)).toHaveLength(1);
});

test('what is forgotten elsewhere is forgotten, and nothing else', () => {
  const recent = new RecentTexts();
  const [first, second] = [alike('a'), alike('b')];
  recent.add(first);
  recent.add(second);
  recent.delete(first);
  expect(recent.get(second.text)).toBe(second);
  recent.delete(second);
  expect(recent.get(second.text)).toBeUndefined();
});

test('texts of any length have a place', () => {
  const recent = new RecentTexts();
  for (let length = 0; length < 100; length += 1) {
    const found = { text: 'x'.repeat(length) };
    recent.add(found);
    expect(recent.get(found.text)).toBe(found);
  }
});
