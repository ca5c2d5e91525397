/**
 * The version of the wire and of the event catalogue, apart from the packages' own versions.
 * Within one version things are only added: event types, optional fields, procedures.
 */
export const PROTOCOL_VERSION = 1;

/** The versions that this release can talk to, newest first. */
export const SUPPORTED_PROTOCOL_VERSIONS: readonly number[] = [PROTOCOL_VERSION];
