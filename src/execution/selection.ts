import type { Field, WriteObject } from './object.ts';
import type { Written } from './pending.ts';
import { Join, Step } from './waiting.ts';

const close = (text: string) => `${text}}`;
const closeSparse = (text: string) =>
  text === '' ? '{}' : close(text.startsWith(',') ? `{${text.slice(1)}` : text);

function endOf([first]: readonly Field[]) {
  return first === undefined || first.mayBeOmitted ? closeSparse : close;
}

/** Writes fields side by side: all are begun before one is waited for. */
export function createSelection(fields: readonly Field[]): WriteObject {
  const end = endOf(fields);
  return (run, source, path) => {
    let text = '';
    let join: Join | undefined;
    try {
      for (const { key, write } of fields) {
        const member = write(run, source, path);
        if (typeof member !== 'string') {
          join ??= new Join(run, end);
          join.add(text, key, member);
          text = '';
        } else if (member !== '') text += key + member;
      }
    } catch (error) {
      if (join === undefined) throw error;
      return join.doom(error);
    }
    return join === undefined ? end(text) : join.end(text);
  };
}

/** Writes fields one after the other: each begins when the ones before it are written. */
export function createSeries(fields: readonly Field[]): WriteObject {
  const end = endOf(fields);
  return (run, source, path) => {
    const writeFrom = (first: number, before: string): Written => {
      let text = before;
      for (const [index, { key, write }] of fields.entries()) {
        if (index < first) continue;
        const member = write(run, source, path);
        if (typeof member !== 'string') {
          return new Step(run, member, (arrived) =>
            writeFrom(index + 1, arrived === '' ? text : text + key + arrived),
          );
        }
        if (member !== '') text += key + member;
      }
      return end(text);
    };
    return writeFrom(0, '');
  };
}
