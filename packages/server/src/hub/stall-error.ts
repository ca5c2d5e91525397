/**
 * Nothing moved towards a follower for too long while there was something to send. Its wire is cut and it resumes by
 * its cursor: no answer carries this error.
 */
export class StallError extends Error {
  override readonly name = 'StallError';

  constructor(stallMs: number) {
    super(`Nothing was taken for ${stallMs} ms.`);
  }
}
