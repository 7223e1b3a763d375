/**
 * Names taken apart: `getUserByID`, `get-user_by.id` and "Get user by id" are the same words.
 *
 * Limits: English rules for plurals, good enough to pair `/people` with `person`.
 *
 * @module
 */

const irregular: ReadonlyMap<string, string> = new Map([
  ["people", "person"],
  ["children", "child"],
  ["men", "man"],
  ["women", "woman"],
  ["mice", "mouse"],
  ["geese", "goose"],
  ["feet", "foot"],
  ["teeth", "tooth"],
  ["data", "data"],
  ["media", "media"],
  ["news", "news"],
  ["series", "series"],
  ["species", "species"],
  ["movies", "movie"],
  ["cookies", "cookie"],
  ["calories", "calorie"],
  ["caches", "cache"],
  ["niches", "niche"],
  ["indices", "index"],
  ["matrices", "matrix"],
  ["vertices", "vertex"],
  ["leaves", "leaf"],
  ["wolves", "wolf"],
  ["knives", "knife"],
  ["lives", "life"],
  ["wives", "wife"],
  ["shelves", "shelf"],
  ["halves", "half"],
]);

/** The words of a name or a sentence, in lower case. */
export function wordsOf(name: string): readonly string[] {
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, "$1 $2")
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}\d]+/u)
    .filter((word) => word !== "");
}

/** The name without marks and case, so that `order_id`, `orderId` and `Order-ID` are one. */
export function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^\p{L}\d]/gu, "");
}

/** The singular of a word in lower case. */
export function singular(word: string): string {
  const known = irregular.get(word);
  if (known !== undefined) return known;
  if (word.length < 4 || /(ss|us|is)$/.test(word)) return word;
  if (word.endsWith("ies")) return `${word.slice(0, -3)}y`;
  if (/(ss|sh|ch|x|zz|us)es$/.test(word)) return word.slice(0, -2);
  return word.endsWith("s") ? word.slice(0, -1) : word;
}

/** Whether a word is a plural. */
export function isPlural(word: string): boolean {
  return singular(word) !== word || ["data", "media", "news", "series", "species"].includes(word);
}

/** The singular of a name of several words, as one name: `purchase-orders` is `purchase-order`. */
export function singularName(name: string): string {
  const words = wordsOf(name);
  const last = words.at(-1);
  return last === undefined
    ? name.toLowerCase()
    : [...words.slice(0, -1), singular(last)].join("-");
}
