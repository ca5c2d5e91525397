import { afterEach, describe } from 'vitest';
import type { ScriptController } from '../environment/script-controller.ts';
import type { SessionHost } from '../host/session-host.ts';
import { sessionLifeContract } from './session-life-contract.ts';
import { sessionRunContract } from './session-run-contract.ts';

/** A host under test, whose agents `writer` (the first) and `reviewer` do what `script` says. */
export interface HostUnderTest {
  readonly host: SessionHost;
  readonly script: ScriptController;
  close(): Promise<void>;
}

/** What every host must do, whatever store and machine it stands on. */
export function sessionHostContract(name: string, open: () => Promise<HostUnderTest>): void {
  describe(`session host: ${name}`, () => {
    const opened: HostUnderTest[] = [];
    const start = async () => {
      const subject = await open();
      opened.push(subject);
      return subject;
    };
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((subject) => subject.close()));
    });
    sessionLifeContract(start);
    sessionRunContract(start);
  });
}
