/** Nothing was begun, and the message tells the reader why; it is shown without a stack. */
export class CannotMigrate extends Error {
  override name = 'CannotMigrate'
}
