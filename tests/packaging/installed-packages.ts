import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConsumerProject } from './consumer-project.ts';
import { versionsOf } from './installed-tools.ts';
import { readmePrograms } from './readme-programs.ts';
import { runProgram } from './run-program.ts';
import { startInstalled } from './start-installed.ts';
import { everyTarball } from './tarballs.ts';

const packageNames = Object.keys(everyTarball());

export interface Installation {
  readonly installer: 'npm' | 'pnpm';
  readonly node: string;
}

/** What must hold of the packed packages, installed in an empty project. */
export function installedPackages(name: string, { installer, node }: Installation): void {
  describe(`installed in an empty project with ${name}`, () => {
    let project: ConsumerProject;

    beforeAll(async () => {
      const peers = {
        ...versionsOf('packages/server', 'ai', 'pg', 'vitest'),
        ...versionsOf('packages/react-hooks', 'react', 'react-dom'),
      };
      project = await ConsumerProject.create({
        dependencies: { ...everyTarball(), ...peers },
        installer,
        node,
      });
    });

    afterAll(() => project?.remove());

    it.each(packageNames)('every entry point of %s can be imported', async (name) => {
      for (const specifier of importableEntries(project.folder, name)) {
        // The contract suites register tests when they are called, and need a test runner around them to load.
        if (specifier === '@perdure/server/testing') continue;
        const json = specifier.endsWith('.json') ? `, { with: { type: 'json' } }` : '';
        const program = `await import('${specifier}'${json}); process.exit(0);`;
        const { code, output } = await project.runNode('--input-type=module', '--eval', program);
        expect(output).toBe('');
        expect(code).toBe(0);
      }
    });

    it.each(packageNames)('%s brings its README and licence, and no source condition', (name) => {
      const folder = join(project.folder, 'node_modules', name);
      expect(['README.md', 'LICENSE'].filter((file) => !existsSync(join(folder, file)))).toEqual([]);
      expect(readFileSync(join(folder, 'package.json'), 'utf8')).not.toContain('@perdure/source');
    });

    it('the programs of the READMEs run, those of a client against the installed server', async () => {
      await using server = await startInstalled(project.folder, node);
      const programs = (['protocol', 'server', 'client', 'react'] as const).flatMap(readmePrograms);
      expect(programs.filter(({ run }) => run)).toHaveLength(3);
      for (const program of programs.filter(({ run }) => run)) {
        await project.write(program.file, program.code);
        expect(await runProgram(project.folder, node, program, { PERDURE_URL: server.url })).toEqual({
          file: program.file,
          fault: undefined,
        });
      }
    });

    it('the perdure command tells its version', async () => {
      const { code, output } = await project.run(
        join(project.folder, 'node_modules/.bin/perdure'),
        '--version',
      );
      expect(output.trim()).toMatch(/^\d+\.\d+\.\d+/);
      expect(code).toBe(0);
    });

    it('the perdure command says which Node.js it needs before it loads anything native', async () => {
      const disguise = pathToFileURL(join(import.meta.dirname, 'older-node.mjs')).href;
      const bin = join(project.folder, 'node_modules/@perdure/server/dist/bin/perdure.js');
      const { code, output } = await project.runNode('--import', disguise, bin, 'serve');
      expect(output).toContain('22.18');
      expect(output).toContain('20.20.2');
      expect(output).not.toContain('was loaded');
      expect(code).toBe(1);
    });
  });
}

function importableEntries(folder: string, name: string): string[] {
  const manifest = readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8');
  const { exports } = JSON.parse(manifest) as { exports: Record<string, unknown> };
  const entries = Object.keys(exports).filter((entry) => !entry.includes('*'));
  return entries.map((entry) => `${name}${entry.slice(1)}`);
}
