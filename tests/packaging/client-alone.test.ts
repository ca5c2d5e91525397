import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConsumerProject } from './consumer-project.ts';
import { node22 } from './installed-tools.ts';
import { tarballs } from './tarballs.ts';

describe('the client on its own', () => {
  let project: ConsumerProject;

  beforeAll(async () => {
    const dependencies = tarballs('client', 'protocol');
    project = await ConsumerProject.create({ dependencies, installer: 'npm', node: node22 });
  });

  afterAll(() => project?.remove());

  it('brings neither tRPC nor a compiler', () => {
    const modules = join(project.folder, 'node_modules');
    expect(
      ['@trpc', 'typescript', '@perdure/server'].filter((name) => existsSync(join(modules, name))),
    ).toEqual([]);
  });

  it('names tRPC in none of its declarations', () => {
    const folder = join(project.folder, 'node_modules/@perdure/client/dist');
    const declarations = globSync('**/*.d.ts', { cwd: folder });
    expect(declarations).toContain('index.d.ts');
    const naming = declarations.filter((file) => /trpc/i.test(readFileSync(join(folder, file), 'utf8')));
    expect(naming).toEqual([]);
  });

  it('never loads zod', async () => {
    const program = `
      import { registerHooks } from 'node:module';
      registerHooks({ resolve(specifier, context, next) {
        if (specifier.startsWith('zod')) console.log('zod was loaded');
        return next(specifier, context);
      } });
      await import('@perdure/client');`;
    const { code, output } = await project.runNode('--input-type=module', '--eval', program);
    expect(output).toBe('');
    expect(code).toBe(0);
  });
});
