/** What was done with a file after an fsync of it had failed. */
export interface SyncMisuse {
  readonly failures: number;
  /** Lines of the trace that must not be: writing on through the handle, or a success that follows on what may be lost. */
  readonly misuses: readonly string[];
}

/**
 * Reads a trace of a process for what follows a failed fsync of a file: its handle must be closed before anything else is
 * written through it, and the file begun anew, from its first byte, before an fsync of what is written next is believed.
 */
export function misusedAfterFailure(trace: string, file: string): SyncMisuse {
  let failures = 0;
  let failedHandle: string | undefined;
  let isBegunAnew = true;
  let isWrittenOn = false;
  const misuses: string[] = [];
  for (const line of trace.split('\n').filter((text) => text.includes(file))) {
    const [, call = '', handle] = /^\d+ +(\w+)\((?:(\d+)<)?/.exec(line) ?? [];
    const isSync = call === 'fsync' || call === 'fdatasync';
    if (isSync && line.includes('EIO')) {
      failures += 1;
      failedHandle = handle;
      [isBegunAnew, isWrittenOn] = [false, false];
    } else if (call === 'close' && handle === failedHandle) failedHandle = undefined;
    else if (isSync || call === 'pwrite64') {
      if (handle === failedHandle) misuses.push(line);
      if (call === 'pwrite64') {
        if (/, 0\) += /.test(line)) isBegunAnew = true;
        isWrittenOn = true;
      }
      if (isSync && !isBegunAnew && isWrittenOn && / = 0/.test(line)) misuses.push(line);
    }
  }
  return { failures, misuses };
}
