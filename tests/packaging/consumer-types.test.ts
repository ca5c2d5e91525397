import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConsumerProject } from './consumer-project.ts';
import { node24, typeScriptCompilers, versionsOf } from './installed-tools.ts';
import { readmePrograms } from './readme-programs.ts';
import { everyTarball } from './tarballs.ts';

const moduleSettings = {
  'module node16': { module: 'node16', moduleResolution: 'node16' },
  'a bundler': { module: 'preserve', moduleResolution: 'bundler' },
};

const strict = {
  strict: true,
  exactOptionalPropertyTypes: true,
  verbatimModuleSyntax: true,
  skipLibCheck: false,
  noEmit: true,
  jsx: 'react-jsx',
  target: 'es2022',
};

const withNode = { lib: ['es2023', 'esnext.disposable', 'dom'], types: ['node'] };
const withoutNode = { lib: ['es2023', 'dom'], types: [] };

const settings = Object.keys(typeScriptCompilers).flatMap((compiler) =>
  Object.keys(moduleSettings).map((modules) => ({ compiler, modules })),
);

describe('types as a user meets them, skipLibCheck off', () => {
  let project: ConsumerProject;

  beforeAll(async () => {
    const dependencies = {
      ...everyTarball(),
      ...versionsOf('packages/server', 'ai', 'vitest', '@types/node'),
      ...versionsOf('packages/react-hooks', 'react', '@types/react', 'react-dom', '@types/react-dom'),
    };
    project = await ConsumerProject.create({ dependencies, installer: 'pnpm', node: node24 });
    await project.copy(`${import.meta.dirname}/consumer`);
    const programs = (['protocol', 'server', 'client', 'react'] as const).flatMap(readmePrograms);
    for (const { file, code } of programs) await project.write(file, code);
  });

  afterAll(() => project?.remove());

  const compile = async (compiler: string, modules: string, platform: object, include: string[]) => {
    const compilerOptions = {
      ...strict,
      ...platform,
      ...moduleSettings[modules as keyof typeof moduleSettings],
    };
    await project.write('tsconfig.json', JSON.stringify({ compilerOptions, include }));
    const tsc = typeScriptCompilers[compiler as keyof typeof typeScriptCompilers];
    return project.runNode(tsc, '-p', 'tsconfig.json');
  };

  it.each(settings)('every entry point, with $compiler and $modules', async ({ compiler, modules }) => {
    const { code, output } = await compile(compiler, modules, withNode, ['*.ts', '*.tsx']);
    expect(output).toBe('');
    expect(code).toBe(0);
  });

  // Declarations of `ai` and `vitest` have errors of their own when libraries are checked as strictly as this.
  it.each(settings)(
    'those for other libraries, with $compiler and $modules',
    async ({ compiler, modules }) => {
      const { output } = await compile(compiler, modules, withNode, ['optional/*.ts']);
      const errors = output.split('\n').filter((line) => /^\S.* error TS/.test(line));
      const ours = errors.filter((line) => !line.includes('node_modules/') || line.includes('/@perdure/'));
      expect(ours).toEqual([]);
    },
  );

  it.each(settings)(
    'client and hooks in a browser, with $compiler and $modules',
    async ({ compiler, modules }) => {
      const { code, output } = await compile(compiler, modules, withoutNode, ['browser/*.ts']);
      expect(output).toBe('');
      expect(code).toBe(0);
    },
  );
});
