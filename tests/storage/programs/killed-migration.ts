// Migrates a database that its input names, and says when it begins and when it comes to a step.
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { openDatabase } from '../../../packages/server/src/store/sqlite/open-database.ts';
import { laterMigrations } from '../support/later-migrations.ts';
import { migrationOptions } from '../support/migration-options.ts';

const [path] = await once(createInterface(process.stdin), 'line');
process.stdout.write('opening\n');
const steps = laterMigrations((version) => process.stdout.write(`step ${version}\n`));
(await openDatabase(migrationOptions(String(path)), steps)).close();
process.stdout.write('migrated\n');
process.exit();
