import type { Json, JsonObject } from './json.ts';

/**
 * Yours to extend, by declaration merging: it types agent names, metadata, app events and tools through server, SDK and hooks.
 *
 * ```ts
 * declare module '@perdure/client' {
 *   interface Register {
 *     agent: 'writer' | 'reviewer';
 *     metadata: { team: string };
 *     events: { 'chart:ready': { url: string } };
 *     tools: { search: { input: { query: string }; output: string[] } };
 *   }
 * }
 * ```
 */
// biome-ignore lint/suspicious/noEmptyInterface: an interface without members is what declaration merging needs
export interface Register {}

/** The names of the agents a server hosts. Default: any text. */
export type AgentName = Register extends { agent: infer Name extends string } ? Name : string;

/** What a session's `metadata` holds. Default: any JSON object. */
export type SessionMetadata = Register extends { metadata: infer Metadata } ? Metadata : JsonObject;

/** An application's own events: name -> data. Default: any name with any JSON. */
export type AppEvents = Register extends { events: infer Events } ? Events : { [name: string]: Json };

/** An application's tools: name -> { input, output }. Default: any name with any JSON. */
export type ToolShapes = Register extends { tools: infer Tools }
  ? Tools
  : { [name: string]: { input: Json; output: Json } };
