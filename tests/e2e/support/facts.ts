/** Lets tests wait for a fact: it is looked for whenever something was told. */
export function facts() {
  const waiting = new Set<() => void>();
  let ended: { readonly error: Error } | undefined;
  const tell = () => {
    for (const look of waiting) look();
  };
  return {
    tell,
    /** Nothing more comes: who still waits is told so. */
    end: (error: Error) => {
      ended ??= { error };
      tell();
    },
    until: <T>(find: () => T | undefined | false): Promise<T> =>
      new Promise((resolve, reject) => {
        const look = () => {
          try {
            const found = find();
            if (found === undefined || found === false) {
              if (ended !== undefined) throw ended.error;
              return;
            }
            resolve(found);
          } catch (error) {
            reject(error);
          }
          waiting.delete(look);
        };
        waiting.add(look);
        look();
      }),
  };
}
