import type * as keptTexts from '../../src/fast-path/kept-texts.ts';

type KeptTexts = ReturnType<typeof keptTexts.createKeptTexts>;

let given = 0;

/** What came of `work`, and how many texts were given in it instead of being written. */
export async function textsGivenIn<T>(work: () => Promise<T>) {
  const before = given;
  const result = await work();
  return { result, textsGiven: given - before };
}

/** For `vi.mock` of `fast-path/kept-texts.ts`. */
export async function countingTexts(original: () => Promise<unknown>) {
  const module = (await original()) as typeof keptTexts;
  return {
    createKeptTexts: (options: keptTexts.KeptTextsOptions): KeptTexts => {
      const keeper = module.createKeptTexts(options);
      return {
        ...keeper,
        shelfOf: (...shown) => {
          const shelf = keeper.shelfOf(...shown);
          return {
            ...shelf,
            give: (...asked) => {
              const text = shelf.give(...asked);
              if (text !== undefined) given += 1;
              return text;
            },
          };
        },
      };
    },
  };
}
