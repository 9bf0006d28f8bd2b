import { resolve } from 'node:path'

/** Where the configuration is, from the folder of the function's code on. */
export const configPath = ({ LAMBDA_TASK_ROOT = '.', NEWLEAF_CONFIG = 'newleaf.yaml' }: NodeJS.ProcessEnv): string =>
  resolve(LAMBDA_TASK_ROOT, NEWLEAF_CONFIG)
