import { type ExecFileException, execFile } from 'node:child_process';
import { cp, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

export interface Finished {
  code: number;
  output: string;
}

interface ConsumerOptions {
  /** Package name -> version, or the path of a tarball. */
  dependencies: Record<string, string>;
  installer: 'npm' | 'pnpm';
  /** The Node.js that installs and runs. */
  node: string;
}

/** An empty project somewhere else on the disk that installs our packages the way a user does. */
export class ConsumerProject {
  readonly folder: string;
  readonly #node: string;

  private constructor(folder: string, node: string) {
    this.folder = folder;
    this.#node = node;
  }

  static async create({ dependencies, installer, node }: ConsumerOptions): Promise<ConsumerProject> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'perdure-consumer-')));
    const project = new ConsumerProject(folder, node);
    const files = Object.entries(dependencies).filter(([, version]) => version.endsWith('.tgz'));
    const overrides = Object.fromEntries(files.map(([name, file]) => [name, `file:${file}`]));
    const manifest = { private: true, type: 'module', dependencies: { ...dependencies, ...overrides } };
    await project.write('package.json', JSON.stringify(manifest, null, 2));
    if (installer === 'pnpm') await project.write('pnpm-workspace.yaml', JSON.stringify({ overrides }));
    const install = {
      npm: ['npm', 'install', '--no-audit', '--no-fund'],
      pnpm: ['npx', '-y', 'pnpm@12', 'install'],
    };
    const { code, output } = await project.run(...install[installer]);
    if (code !== 0) throw new Error(`${installer} install failed:\n${output}`);
    return project;
  }

  write(name: string, text: string): Promise<void> {
    return writeFile(join(this.folder, name), text);
  }

  copy(source: string): Promise<void> {
    return cp(source, this.folder, { recursive: true });
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }

  /** Runs a program of Node.js: a file, or a script of the package manager. */
  runNode(...args: string[]): Promise<Finished> {
    return this.run(this.#node, ...args);
  }

  run(command = '', ...args: string[]): Promise<Finished> {
    const env = { ...userEnvironment(), PATH: [dirname(this.#node), process.env['PATH']].join(delimiter) };
    return new Promise((resolve) => {
      execFile(command, args, { cwd: this.folder, env, timeout: 120_000 }, (error, stdout, stderr) => {
        resolve({ code: exitCode(error), output: `${stdout}${stderr}` });
      });
    });
  }
}

/** The environment without what the runners of this test have put there: it must not reach the user's programs. */
function userEnvironment(): NodeJS.ProcessEnv {
  const added = /^(npm_|pnpm_|VITEST|NODE_ENV$|NODE_OPTIONS$|NODE_PATH$|INIT_CWD$)/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !added.test(name)));
}

const exitCode = (error: ExecFileException | null) =>
  error ? (typeof error.code === 'number' ? error.code : 1) : 0;
