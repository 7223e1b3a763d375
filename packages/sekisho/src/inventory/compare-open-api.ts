/** @module */
export interface OpenApiChange {
  readonly id: string;
  readonly breaking: boolean;
  readonly path: string;
  readonly method: string;
  readonly text: string;
}
export function compareOpenApi(
  before: unknown,
  after: unknown,
): { readonly changes: readonly OpenApiChange[] } {
  void before;
  void after;
  return { changes: [] };
}
