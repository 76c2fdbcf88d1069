import type { Noise } from './noise.ts';
import type { Token } from './tokens.ts';

/** The kinds of report, and what each looks at. */
export const reportKinds = {
  INVESTMENT_ANALYSIS_POINTER: {
    title: 'Investment Analysis',
    topics: ['Vision', 'Problem', 'Solution', 'Token Economics', 'Traction', 'Risks'],
    asList: true,
  },
  INVESTMENT_ANALYSIS: {
    title: 'Investment Analysis',
    topics: ['Vision', 'Market', 'Competition', 'Token Economics', 'Governance', 'Risks'],
    asList: false,
  },
  DEEP_DIVE: {
    title: 'Crypto Deep Dive',
    topics: ['History', 'Architecture', 'Community', 'Partners', 'Roadmap', 'Outlook'],
    asList: false,
  },
  CODE_REVIEW: {
    title: 'Code Review',
    topics: ['Innovation', 'Architecture', 'Code Quality', 'Tests', 'Documentation'],
    asList: false,
  },
} as const;

/** A kind of report. */
export type ReportKind = keyof typeof reportKinds;

const sentences = [
  (name: string, topic: string) =>
    `What ${name} says about its ${topic} has not changed since the last review, which is itself a statement.`,
  (name: string, topic: string) =>
    `Measured against projects of the same size, the ${topic} of ${name} is neither the weakest nor the strongest point.`,
  (_name: string, topic: string) =>
    `Figures on the ${topic} are published every quarter; those of the last two quarters agree with what the chain shows.`,
  (name: string, topic: string) =>
    `Whoever holds ${name} for a year or more should look at the ${topic} first and at the price second.`,
  (_name: string, topic: string) =>
    `Three of the open questions concern the ${topic}; the team has answered one of them in public and promised the other two.`,
  (name: string, topic: string) =>
    `A change in the ${topic} would reach users of ${name} within weeks, because little stands between a decision and its release.`,
  (_name: string, topic: string) =>
    `Compared with a year ago more people work on the ${topic}, and fewer of them are paid in the token.`,
  (name: string, topic: string) =>
    `The ${topic} depends on two outside parties, either of whom could be replaced without a change to ${name} itself.`,
] as const;

const perTopic = 5;

/** Markdown of a few kilobytes about a token. It is invented and says so. */
export function writeReport(noise: Noise, token: Token, kind: ReportKind): string {
  const { title, topics, asList } = reportKinds[kind];
  const category = token.categories[0]?.category_name ?? 'Digital Assets';
  const chapters = topics.map((topic, chapter) => {
    const start = Math.floor(sentences.length * noise.at(kind, token.id, chapter));
    const lines = Array.from({ length: perTopic }, (_, turn) => {
      const sentence = sentences[(start + turn * 3) % sentences.length];
      return sentence?.(token.name, topic.toLowerCase()) ?? '';
    });
    const text = asList ? lines.map((line) => `- ${line}`).join('\n') : lines.join(' ');
    return `## ${topic}\n${text}`;
  });
  return [
    `# ${token.name} | ${category} | ${title}`,
    `## Executive Summary\n${token.name} (${token.symbol}) is listed under ${category}. This report was written by a machine from invented figures and is no advice.`,
    ...chapters,
  ].join('\n\n');
}
