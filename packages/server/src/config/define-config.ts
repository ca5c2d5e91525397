import { checkConfig } from './check-options.ts';
import type { PerdureConfig } from './runtime-options.ts';

/** Types and checks what stands in `perdure.config.ts`. Throws `config-invalid` in a sentence that names the field. */
export function defineConfig<const C extends PerdureConfig>(config: C): C {
  checkConfig(config);
  return config;
}
