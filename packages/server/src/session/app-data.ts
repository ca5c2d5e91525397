/** What a schema of any maker says of a value: the part of Standard Schema that is needed here. */
export interface DataSchema {
  readonly '~standard': {
    readonly validate: (value: unknown) => DataVerdict | Promise<DataVerdict>;
  };
}

type DataVerdict =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly DataIssue[] };

interface DataIssue {
  readonly message: string;
  readonly path?: readonly unknown[] | undefined;
}

/** Schemas of an application's own events, by name. */
export type AppData = Readonly<Record<string, DataSchema>>;

/** What is wrong with an application's event, in words; `undefined` if nothing is. Without schemas every event is right. */
export function wrongAppData(schemas: AppData | undefined, name: string, data: unknown): string | undefined {
  if (schemas === undefined) return undefined;
  const schema = Object.hasOwn(schemas, name) ? schemas[name] : undefined;
  if (schema === undefined) return `"${name}" is not an event of this application; name it under data.`;
  const verdict = schema['~standard'].validate(data);
  if (verdict instanceof Promise)
    return `the schema of "${name}" is asynchronous; an event is checked while it is emitted.`;
  const issue = verdict.issues?.[0];
  if (issue === undefined) return undefined;
  const path = (issue.path ?? []).map((step) =>
    typeof step === 'object' ? Reflect.get(step ?? {}, 'key') : step,
  );
  return `${name}: ${['data', ...path].join('.')}: ${issue.message}`;
}
