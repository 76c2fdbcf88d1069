import { deepStrictEqual } from 'node:assert/strict';
import { dataOf } from './asking.ts';
import type { Request } from './workload.ts';

/** A list answers what the upstream says of its tokens, in its order. */
export async function check(origin: string, request: Request, key: string, upstream: string) {
  const { tokens } = await dataOf(origin, request, key);
  const ids: string[] = JSON.parse(request.body).variables.ids;
  const numbers = ids.map((id) => Number(Buffer.from(id, 'base64url').toString().split(':')[1]));
  const rowsOf = async (endpoint: string) => {
    const text = await textOf(`${upstream}/v2/${endpoint}?token_id=${numbers.join(',')}`);
    const rows: any[] = JSON.parse(text).data;
    return new Map(rows.map((row) => [row.TOKEN_ID, row]));
  };
  const [named, graded] = [await rowsOf('tokens'), await rowsOf('tm-grade')];
  const expected = numbers.map((number) => ({
    symbol: String(named.get(number)?.TOKEN_SYMBOL).toUpperCase(),
    grade: graded.get(number)?.TM_GRADE,
  }));
  const got = tokens.nodes.map((node: any, index: number) => ({
    symbol: node.symbol,
    // A list of names alone has no grade to compare.
    grade: 'tmGrade' in node ? node.tmGrade?.grade : expected[index]?.grade,
  }));
  deepStrictEqual(got, expected);
}

export const textOf = async (url: string) => (await fetch(url)).text();
