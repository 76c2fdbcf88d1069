import { fieldsAnswer, refusals } from '../answer.ts';
import { dayOf } from '../data/day.ts';
import type { ReplyEndpoint, World } from '../endpoint.ts';

/** Questions in, an answer out; it stands at the top of the body and again at the end of the thread. */
export const tmai: ReplyEndpoint = {
  path: '/v2/tmai',
  method: 'POST',
  parameters: {},
  reply(_query, world, body) {
    const questions = readQuestions(body);
    const last = questions?.at(-1);
    if (questions === undefined || last === undefined) return refusals.badRequest;
    const answer = answerTo(last, world);
    const thread = [...questions.map((user) => ({ user })), { chatbot: answer }];
    return fieldsAnswer({ answer, thread }, 'AI Chatbot response successful');
  },
};

/** What users have said in `{messages: [{user}]}`, or undefined where the body is anything else. */
function readQuestions(body: string): readonly string[] | undefined {
  const messages = fieldOf(parse(body), 'messages');
  if (!Array.isArray(messages)) return undefined;
  const questions: string[] = [];
  for (const message of messages) {
    const user = fieldOf(message, 'user');
    // What the chatbot has said before may be sent along with the next question.
    if (user === undefined && typeof fieldOf(message, 'chatbot') === 'string') continue;
    if (typeof user !== 'string' || user.trim() === '') return undefined;
    questions.push(user);
  }
  return questions;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}

function answerTo(question: string, { data, nowMs }: World): string {
  const words = new Set(question.toLowerCase().split(/[^a-z0-9]+/));
  const token = data.tokens.find(
    ({ symbol, slug }) => words.has(symbol.toLowerCase()) || words.has(slug),
  );
  const advice = 'This answer is made of invented figures and is no advice.';
  if (token === undefined) {
    return `No token of the data set is named in the question, so there is nothing to go by. ${advice}`;
  }
  const grade = data.grades.tm(token, dayOf(nowMs));
  const price = data.market.price(token, nowMs);
  return `${token.name} trades at ${price} USD and has a grade of ${grade} out of 100. ${advice}`;
}
