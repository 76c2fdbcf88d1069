import type { Provenance } from '../upstreams/tokenmetrics/endpoints.ts';
import { badUserInput } from '../errors.ts';
import { priced } from '../pricing/field-cost.ts';
import { builder } from './builder.ts';
import { requires } from './scopes.ts';
import { Sourced } from './provenance.ts';

/** More is a document, not a question; the upstream names no limit of its own. */
const questionCharactersMax = 4000;

interface Turn {
  readonly user?: string | undefined;
  readonly chatbot?: string | undefined;
}

interface Answer extends Provenance {
  readonly answer: string;
  readonly thread: readonly Turn[];
}

const AnalystTurn = builder.objectRef<Turn>('AnalystTurn').implement({
  description: 'A turn of a conversation with the analyst: one of the two speaks.',
  fields: (t) => ({
    question: t.string({ description: 'What was asked.', resolve: ({ user }) => user }),
    answer: t.string({ description: 'What was answered.', resolve: ({ chatbot }) => chatbot }),
  }),
});

const AnalystAnswer = builder.objectRef<Answer>('AnalystAnswer').implement({
  description: "An answer of the upstream's chatbot. It may be wrong, and it is no advice.",
  interfaces: [Sourced],
  fields: (t) => ({
    answer: t.exposeString('answer', {
      nullable: false,
      description: 'The answer, in Markdown.',
    }),
    thread: t.field({
      type: [AnalystTurn],
      nullable: false,
      description: 'The conversation, oldest turn first.',
      ...priced({ listSize: { assumedSize: 2 } }),
      resolve: ({ thread }) => [...thread],
    }),
  }),
});

builder.mutationType({
  description: 'What is done anew each time it is asked for, and may not be repeated by itself.',
});

builder.mutationField('askAnalyst', (t) =>
  t.field({
    type: AnalystAnswer,
    description: `Puts a question to the upstream's chatbot. Slow, a credit each time, and never answered from a cache: the answer is yours alone. Endpoint \`/tmai\`.`,
    args: {
      question: t.arg.string({
        required: true,
        description: `The question, ${questionCharactersMax} characters at most.`,
      }),
    },
    ...requires('analyst'),
    ...priced({
      scope: 'analyst',
      weight: 50,
      rateLimit: { limit: 10, duration: 60 },
      reads: () => [{ upstream: 'tokenMetrics', endpoint: 'analyst', kind: 'pages', keys: 1 }],
    }),
    resolve: (_root, { question }, { loaders }) => {
      const text = question.trim();
      if (text === '' || text.length > questionCharactersMax) {
        throw badUserInput(
          'question',
          `has ${text.length} characters: expected 1 to ${questionCharactersMax}.`,
        );
      }
      return loaders.tokenMetrics.ask(text);
    },
  }),
);
