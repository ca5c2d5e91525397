/** What this process has of a session's environment. The fold tells what was, this what is. */
export type EnvironmentPresence = 'absent' | 'starting' | 'ready';
