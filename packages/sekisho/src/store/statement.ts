/**
 * Statements that a request must not send: those that end its transaction or change whose it is.
 *
 * Promise: a handler, a mistake in it included, cannot commit early and go on without its binding.
 * Limits: it reads the beginning of a statement and one name, no more. SQL that is put together from
 * input can still do what the role of the request may do; values belong in parameters.
 *
 * @module
 */

const control =
  /^(?:begin|start|commit|end|rollback|abort|savepoint|release|prepare|discard|reset|set(?!\s+constraints\b))\b/i;
const binding = /set_config/i;

/** Where the comment that begins at `start` is over; comments of SQL can hold others. */
function endOfComment(text: string, start: number): number {
  let depth = 0;
  let index = start;
  while (index < text.length) {
    const pair = text.slice(index, index + 2);
    if (pair === "/*") depth += 1;
    if (pair === "*/") depth -= 1;
    index += pair === "/*" || pair === "*/" ? 2 : 1;
    if (depth === 0) return index;
  }
  return index;
}

/** Where the first word of a statement stands, behind blanks and comments. */
function startOf(text: string): number {
  let index = 0;
  while (index < text.length) {
    if (text.startsWith("--", index)) {
      const end = text.indexOf("\n", index);
      index = end < 0 ? text.length : end + 1;
    } else if (text.startsWith("/*", index)) index = endOfComment(text, index);
    else if (/[\s;]/.test(text.charAt(index))) index += 1;
    else return index;
  }
  return index;
}

/**
 * Throws when `text` would end the transaction or change its binding.
 *
 * @throws Error naming neither the text nor its values.
 */
export function requirePlainStatement(text: string): void {
  const start = startOf(text);
  if (control.test(text.slice(start, start + 40)))
    throw new Error("the request has one transaction and the checkpoint ends it");
  if (binding.test(text)) throw new Error("the checkpoint alone binds a transaction");
}
