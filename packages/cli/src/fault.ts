/**
 * What keeps a command from doing its work.
 *
 * @module
 */

/** The command cannot do what was asked; the message says why to the person who asked. */
export class CommandFault extends Error {
  override readonly name = "CommandFault";
}

/** What went wrong, in one line for people. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, cause } = error;
  return cause instanceof Error && cause.message !== "" && !message.includes(cause.message)
    ? `${message}: ${cause.message}`
    : message;
}
