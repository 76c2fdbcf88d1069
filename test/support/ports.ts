import { randomInt } from 'node:crypto';

const from = 20_000;
/** Below those a system gives to connections: nobody is given one while its server is not there. */
const below = 32_000;

/** A port that is likely to be free. */
export const anyPort = (max = below): number => randomInt(from, max);
