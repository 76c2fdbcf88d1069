/** Promises that settle one at a time, by rank, or all at once. */
export function createSchedule() {
  const waiting: { readonly rank: number; readonly settle: () => void }[] = [];
  return {
    later<Value>(rank: number, value: () => Value): Promise<Value> {
      return new Promise((resolve, reject) => {
        const settle = () => {
          try {
            resolve(value());
          } catch (error) {
            // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- graphql-js takes any
            reject(error);
          }
        };
        waiting.push({ rank, settle });
      });
    },
    /** Settles until nothing waits; between two steps everything that can run has run. */
    async run(isOneByOne: boolean): Promise<void> {
      while (waiting.length > 0) {
        waiting.sort((a, b) => a.rank - b.rank);
        for (const { settle } of waiting.splice(0, isOneByOne ? 1 : waiting.length)) settle();
        await new Promise(setImmediate);
      }
    },
  };
}

export type Schedule = ReturnType<typeof createSchedule>;
