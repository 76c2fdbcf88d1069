const rememberedMax = 10_000;

/**
 * Remembers what a function answers, for those that are asked the same again and again. Whatever it is
 * asked, it remembers no more than ten thousand answers; what it throws is not remembered.
 */
export function remembering<Key, Answer>(answerOf: (key: Key) => Answer): (key: Key) => Answer {
  const answers = new Map<Key, Answer>();
  return (key) => {
    const known = answers.get(key);
    if (known !== undefined) return known;
    if (answers.size >= rememberedMax) answers.clear();
    const answer = answerOf(key);
    answers.set(key, answer);
    return answer;
  };
}
