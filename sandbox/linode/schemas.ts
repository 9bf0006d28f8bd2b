import * as validation from '@linode/validation'

export interface Schema {
  validateSync(value: unknown, options: { abortEarly: boolean }): unknown
  omit(fields: readonly string[]): Schema
}

/** The vendor's own. Its type declarations cannot be resolved by name, so the names stand here. */
export const {
  createNodeBalancerConfigSchema,
  UpdateNodeBalancerConfigSchema,
  createRecordSchema,
  updateRecordSchema,
} = validation as unknown as Readonly<
  Record<
    'createNodeBalancerConfigSchema' | 'UpdateNodeBalancerConfigSchema' | 'createRecordSchema' | 'updateRecordSchema',
    Schema
  >
>
