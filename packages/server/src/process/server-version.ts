import manifest from '../../package.json' with { type: 'json' };

/** Of this release. */
export const serverVersion: string = manifest.version;
