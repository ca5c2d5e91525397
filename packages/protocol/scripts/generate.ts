// Writes what the package ships beside its code: the OpenAPI document and the JSON Schemas. Runs after the bundler,
// which empties dist.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { jsonSchemaFiles } from '../src/json-schema/json-schema-files.ts';
import { openApiDocument } from '../src/openapi/openapi-document.ts';

const dist = new URL('../dist/', import.meta.url);
const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

await mkdir(new URL('schema/', dist), { recursive: true });
await write('openapi.json', openApiDocument({ serverVersion: version }));
const files = Object.entries(jsonSchemaFiles());
for (const [name, document] of files) await write(`schema/${name}`, document);
console.log(`dist/openapi.json and ${files.length} files in dist/schema`);

async function write(name: string, document: object): Promise<void> {
  await writeFile(new URL(name, dist), `${JSON.stringify(document, null, 2)}\n`);
}
