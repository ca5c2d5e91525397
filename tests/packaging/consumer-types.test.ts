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

const settings = Object.keys(typeScriptCompilers).flatMap((compiler) =>
  Object.keys(moduleSettings).map((modules) => ({ compiler, modules })),
);

describe('types as a user meets them, skipLibCheck off', () => {
  let project: ConsumerProject;

  beforeAll(async () => {
    const dependencies = {
      ...everyTarball(),
      ...versionsOf('packages/server', 'ai', 'vitest', '@types/node'),
      ...versionsOf('packages/react-hooks', 'react', '@types/react'),
    };
    project = await ConsumerProject.create({ dependencies, installer: 'pnpm', node: node24 });
    await project.copy(`${import.meta.dirname}/consumer`);
    const programs = (['protocol', 'server', 'client', 'react'] as const).flatMap(readmePrograms);
    for (const { file, code } of programs) await project.write(file, code);
  });

  afterAll(() => project?.remove());

  const compile = async (compiler: string, options: object, include: string[]) => {
    await project.write(
      'tsconfig.json',
      JSON.stringify({ compilerOptions: { ...strict, ...options }, include }),
    );
    const tsc = typeScriptCompilers[compiler as keyof typeof typeScriptCompilers];
    return project.runNode(tsc, '-p', 'tsconfig.json');
  };

  it.each(settings)('every entry point, with $compiler and $modules', async ({ compiler, modules }) => {
    const options = { lib: ['es2023', 'esnext.disposable', 'dom'], types: ['node'] };
    const chosen = moduleSettings[modules as keyof typeof moduleSettings];
    const { code, output } = await compile(compiler, { ...options, ...chosen }, ['*.ts', '*.tsx']);
    expect(output).toBe('');
    expect(code).toBe(0);
  });

  it.each(settings)(
    'client and hooks without Node.js, with $compiler and $modules',
    async ({ compiler, modules }) => {
      const chosen = moduleSettings[modules as keyof typeof moduleSettings];
      const options = { lib: ['es2022', 'dom'], types: [], ...chosen };
      const { code, output } = await compile(compiler, options, ['browser/*.ts']);
      expect(output).toBe('');
      expect(code).toBe(0);
    },
  );
});
