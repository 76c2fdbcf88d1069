import ts from 'typescript';
import { sourceTexts } from './source-files.ts';

export interface LogMessage {
  readonly level: number;
  /** As it is written in the source. */
  readonly written: string;
  readonly matches: (told: string) => boolean;
}

const levels: ReadonlyMap<string, number> = new Map(
  Object.entries({ trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 }),
);

/** Every message that the source hands to a log. */
export const logMessages: readonly LogMessage[] = sourceTexts.flatMap(messagesOf);

function messagesOf(text: string): LogMessage[] {
  if (!/\blog\.|\bmsg\b/.test(text)) return [];
  const found: LogMessage[] = [];
  const visit = (node: ts.Node): void => {
    found.push(...messagesAt(node));
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('', text, ts.ScriptTarget.Latest));
  return found;
}

function messagesAt(node: ts.Node): LogMessage[] {
  if (ts.isObjectLiteralExpression(node)) return lineByHand(node);
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return [];
  const { name, expression: log } = node.expression;
  const level = levels.get(name.text);
  const message = node.arguments.at(-1);
  const isLog = ts.isIdentifier(log) && log.text === 'log';
  return level !== undefined && isLog && message ? messageOf(message, level) : [];
}

/** A line that is written past the log has its level beside its message. */
function lineByHand({ properties }: ts.ObjectLiteralExpression): LogMessage[] {
  const valueOf = (name: string) => {
    const found = properties.filter(ts.isPropertyAssignment);
    return found.find((each) => ts.isIdentifier(each.name) && each.name.text === name)?.initializer;
  };
  const [level, message] = [valueOf('level'), valueOf('msg')];
  return level && ts.isNumericLiteral(level) && message
    ? messageOf(message, Number(level.text))
    : [];
}

function messageOf(node: ts.Expression, level: number): LogMessage[] {
  if (ts.isStringLiteralLike(node)) {
    return [{ level, written: node.text, matches: (told) => told === node.text }];
  }
  if (!ts.isTemplateExpression(node)) return [];
  const fixed = [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)];
  const pattern = new RegExp(`^${fixed.map(escaped).join('.+')}$`);
  return [{ level, written: fixed.join('…'), matches: (told) => pattern.test(told) }];
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
