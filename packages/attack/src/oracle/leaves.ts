/**
 * The leaves of a JSON value, with their names and places.
 *
 * @module
 */

/** A value that is no object and no array. */
export interface Leaf {
  /** Name of the property that holds it, or of the array that does. */
  readonly name: string;
  /** JSON pointer with array positions as `*`, so that items of a list compare. */
  readonly pointer: string;
  readonly value: string | number | boolean | null;
}

const mostLeaves = 20_000;

/** Every leaf of a JSON value, in order. */
export function leavesOf(json: unknown): readonly Leaf[] {
  const leaves: Leaf[] = [];
  collect(json, "", "", leaves, 0);
  return leaves;
}

function collect(
  json: unknown,
  pointer: string,
  name: string,
  leaves: Leaf[],
  depth: number,
): void {
  if (leaves.length >= mostLeaves || depth > 40 || json === undefined) return;
  if (Array.isArray(json)) {
    for (const item of json) collect(item, `${pointer}/*`, name, leaves, depth + 1);
    return;
  }
  if (typeof json === "object" && json !== null) {
    for (const [key, value] of Object.entries(json))
      collect(value, `${pointer}/${key}`, key, leaves, depth + 1);
    return;
  }
  leaves.push({ name, pointer, value: json as Leaf["value"] });
}

/** Every object of a JSON value that has properties, itself first. */
export function objectsIn(json: unknown, depth = 0): readonly Readonly<Record<string, unknown>>[] {
  if (depth > 40) return [];
  if (Array.isArray(json)) return json.flatMap((item) => objectsIn(item, depth + 1));
  if (typeof json !== "object" || json === null) return [];
  const own = json as Readonly<Record<string, unknown>>;
  return [own, ...Object.values(own).flatMap((value) => objectsIn(value, depth + 1))];
}
