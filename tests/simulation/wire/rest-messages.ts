/** A request as it travels. */
export interface RestRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly token: string | undefined;
  readonly protocol: string | undefined;
  readonly body: string | null;
}

export interface RestAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
