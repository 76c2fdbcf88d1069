/** What is needed of a logger. */
export interface RedisLog {
  readonly info: (object: object, message: string) => void;
  readonly error: (object: object, message: string) => void;
}

export interface Outage {
  readonly begin: (reason: string) => void;
  readonly end: () => void;
  readonly isOn: () => boolean;
  /** From now on nothing is an outage: the connection is ended on purpose. */
  readonly close: () => void;
}

/** One line when an outage begins and one when it ends, however often the connection is retried. */
export function createOutage(redis: string, log: RedisLog): Outage {
  let isOn = false;
  let isClosed = false;
  return {
    begin: (reason) => {
      if (isOn || isClosed) return;
      isOn = true;
      log.error({ redis, reason }, 'Redis does not answer; carrying on without it');
    },
    end: () => {
      if (!isOn) return;
      isOn = false;
      log.info({ redis }, 'Redis answers again');
    },
    isOn: () => isOn,
    close: () => {
      isClosed = true;
      isOn = false;
    },
  };
}
