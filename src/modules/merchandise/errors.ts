import { DomainError } from '../../platform/errors.ts'

export class SkuTaken extends DomainError {
  constructor() {
    super('SKU_TAKEN', 'Another variant has this SKU. Choose another.', ['input', 'sku'])
  }
}
