/**
 * Reads values out of an entry of a principals file without caring how names are spelt.
 *
 * @module
 */

import { PrincipalsFault } from "./principals-fault.ts";

/** A mapping whose names are compared without case, "_" and "-". */
export interface EntryReader {
  /** Place in the file, for faults. */
  readonly place: string;
  /** The value under the first of these names; `undefined` when it is absent or null. */
  value(...names: readonly string[]): unknown;
  /** The same as text; numbers and booleans are written out. */
  text(...names: readonly string[]): string | undefined;
  /** The same as a mapping of texts. */
  texts(...names: readonly string[]): Readonly<Record<string, string>> | undefined;
  /** Counts these names as read. */
  ignore(...names: readonly string[]): void;
  /** Names that nobody asked for. */
  unread(): readonly string[];
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[_\s-]/g, "");
}

/** Whether a value is a mapping. */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as text; `undefined` when it is a list or a mapping. */
export function asText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

/** A reader of one mapping. */
export function readEntry(raw: Readonly<Record<string, unknown>>, place: string): EntryReader {
  const given = new Map(Object.entries(raw).map(([name, value]) => [plain(name), { name, value }]));
  const read = new Set<string>();
  const value = (...names: readonly string[]): unknown => {
    for (const name of names) {
      const found = given.get(plain(name));
      if (found === undefined) continue;
      read.add(plain(name));
      if (found.value !== undefined && found.value !== null) return found.value;
    }
    return undefined;
  };
  const nameOf = (names: readonly string[]): string =>
    `${place}.${names.map((name) => given.get(plain(name))?.name).find(Boolean) ?? names[0]}`;
  return {
    place,
    value,
    text(...names) {
      const found = value(...names);
      if (found === undefined) return undefined;
      const text = asText(found);
      if (text === undefined || text.trim() === "")
        throw new PrincipalsFault(nameOf(names), "write a text that is not empty.");
      return text;
    },
    texts(...names) {
      const found = value(...names);
      if (found === undefined) return undefined;
      if (!isMapping(found))
        throw new PrincipalsFault(nameOf(names), 'write a mapping such as { name: "value" }.');
      return Object.fromEntries(
        Object.entries(found).map(([name, one]) => {
          const text = asText(one);
          if (text === undefined)
            throw new PrincipalsFault(`${nameOf(names)}.${name}`, "write a text.");
          return [name, text];
        }),
      );
    },
    ignore(...names) {
      for (const name of names) read.add(plain(name));
    },
    unread: () => [...given].filter(([name]) => !read.has(name)).map(([, { name }]) => name),
  };
}

/** Replaces `${NAME}` in every text by the environment variable of that name. */
export function expand(
  value: unknown,
  environment: Readonly<Record<string, string | undefined>>,
  place: string,
): unknown {
  if (typeof value === "string")
    return value.replaceAll(/\$\{([A-Za-z_]\w*)\}/g, (_whole, name: string) => {
      const found = environment[name];
      if (found === undefined || found === "")
        throw new PrincipalsFault(
          place,
          `the environment variable ${name} is not set; set it, or write the value itself.`,
        );
      return found;
    });
  if (Array.isArray(value))
    return value.map((one, index) => expand(one, environment, `${place}[${index}]`));
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name,
      expand(one, environment, place === "" ? name : `${place}.${name}`),
    ]),
  );
}
