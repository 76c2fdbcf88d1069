import type { Course } from './contestants.ts';
import { ask, dataOf, topTokenIds } from './asking.ts';
import { startGateway } from './gateway.ts';
import {
  createFolder,
  factsDocument,
  hashOf,
  idsOf,
  listDocument,
  listSize,
  requestOf,
} from './workload.ts';

export interface Prepared extends Course {
  readonly ids: readonly string[];
  /** What every answer has to hold, byte by byte. */
  readonly expected: string;
  readonly expectedFile: string;
  readonly bodyBytes: number;
  readonly dataBytes: number;
}

/** Asks a gateway for the list that all are to answer, and writes down what the others need. */
export async function prepareCourse(): Promise<Prepared> {
  const folder = await createFolder();
  const gateway = await startGateway({ env: folder.env });
  try {
    const { origin } = gateway;
    const [key = ''] = folder.keys;
    const ids = idsOf(await topTokenIds(origin, key, listSize));
    const facts = await dataOf(origin, requestOf('persisted', factsDocument, ids), key);
    const get = requestOf('get', listDocument, ids);
    const data = JSON.stringify(await dataOf(origin, get, key));
    const expected = `"data":${data}`;
    // Once more, for an answer that cost nobody anything.
    const { text, headers } = await ask(origin, get, key);
    return {
      folder,
      ids,
      expected,
      expectedFile: await folder.write('expected', expected),
      bodyBytes: Buffer.byteLength(text),
      dataBytes: Buffer.byteLength(data),
      answerFile: await folder.write('answer.json', JSON.stringify({ headers, text })),
      factsFile: await folder.write('facts.json', JSON.stringify(facts.tokens.nodes)),
      documentsFile: await folder.write(
        'documents.json',
        JSON.stringify({ [hashOf(listDocument)]: listDocument }),
      ),
    };
  } catch (error) {
    await folder.remove();
    throw error;
  } finally {
    await gateway.close();
  }
}
