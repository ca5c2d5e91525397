/** What came out of cases: how many there were, and which codes were answered how often. */
export class Findings {
  readonly #codes = new Map<string, number>();
  #cases = 0;

  get cases(): number {
    return this.#cases;
  }

  /** Codes that were answered, most frequent first. */
  get codes(): readonly string[] {
    return [...this.#codes].toSorted(([, a], [, b]) => b - a).map(([code]) => code);
  }

  note(cases: number, codes: readonly (string | number | undefined)[]): void {
    this.#cases += cases;
    for (const code of codes) {
      if (code !== undefined) this.#codes.set(String(code), (this.#codes.get(String(code)) ?? 0) + 1);
    }
  }
}

/** Much of a long input says no more than its beginning. */
const MOST_SHOWN = 3_000;

/** Says of a failure which case it was, so that it can be had again. */
export async function inCase<T>(name: string, sent: string | Buffer, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    const text = Buffer.from(sent).toString('latin1');
    const shown = text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${name}: ${reason}\nsent: ${JSON.stringify(shown)}`, { cause });
  }
}

/** Runs jobs a few at a time; the first failure ends it. */
export async function inLanes<T>(
  lanes: number,
  jobs: Iterable<T>,
  run: (job: T) => Promise<void>,
): Promise<void> {
  const iterator = jobs[Symbol.iterator]();
  let hasFailed = false;
  const lane = async () => {
    for (;;) {
      const next = hasFailed ? undefined : iterator.next();
      if (next === undefined || next.done === true) return;
      try {
        await run(next.value);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** Nothing takes this long, not even on a machine that does much else; a case that does has no answer. */
const MOST_MS = 60_000;

/** Rejects when nothing has come of it for far too long; `what` says what was waited for. */
export async function within<T>(run: Promise<T>, what: () => string = () => 'an answer'): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timeout = setTimeout(
    () => late.reject(new Error(`In ${MOST_MS} ms there was not ${what()}.`)),
    MOST_MS,
  );
  try {
    return await Promise.race([run, late.promise]);
  } finally {
    clearTimeout(timeout);
  }
}
