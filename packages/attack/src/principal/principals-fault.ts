/**
 * What is wrong with a principals file, in words that say what to write.
 *
 * @module
 */

/** Thrown when a principals file cannot be used; the message begins with the place in the file. */
export class PrincipalsFault extends Error {
  override readonly name = "PrincipalsFault";
  /** Place in the file, such as "principals[0].login.request". */
  readonly place: string;

  constructor(place: string, what: string) {
    super(`${place}: ${what}`);
    this.place = place;
  }
}
