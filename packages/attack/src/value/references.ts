/**
 * Which objects a name refers to: `product_id`, `product`, `accountNumber`, and `from` and `to` where
 * something is moved between accounts.
 *
 * @module
 */

import type { ApiDocument, Resource } from "../document/operation.ts";
import { plain, singularName, wordsOf } from "../document/words.ts";
import { isBareId } from "./values-by-name.ts";

/** Tells the names under which values for a name may be known. */
export type References = (name: string) => readonly string[];

const tail = /^(id|ids|uuid|guid|number|no|nr|key|code|ref|reference|slug)$/;
const parties =
  /^(from|to|sender|receiver|recipient|payee|payer|beneficiary|source|target|destination)$/;
const holders = /(^|-)(account|wallet|card|user|customer|member|client)$/;

/** Whether a name means the other side, whose values are not the caller's own. */
export function isCounterpart(name: string): boolean {
  return /^(to|receiver|recipient|payee|beneficiary|target|destination)$/.test(
    wordsOf(name)[0] ?? "",
  );
}

/** The references of one document. */
export function createReferences({ resources }: Pick<ApiDocument, "resources">): References {
  const byKind = new Map<string, Resource>();
  for (const resource of resources)
    if (!byKind.has(plain(resource.name))) byKind.set(plain(resource.name), resource);
  const holder = [...byKind.values()].find(({ name }) => holders.test(name));
  return (name) => {
    const words = wordsOf(name);
    const cut = words.length > 1 && tail.test(words.at(-1) ?? "") ? words.slice(0, -1) : words;
    const [first = ""] = words;
    const about =
      byKind.get(plain(singularName(cut.join("-")))) ?? byKind.get(plain(cut.at(-1) ?? ""));
    const found = about ?? (cut.length <= 2 && parties.test(first) ? holder : undefined);
    return found === undefined ? [] : namesOf(found);
  };
}

/** Names of one resource's ids: as others call them, and as its own paths do. */
function namesOf({ name, parameter }: Resource): readonly string[] {
  const own = isBareId(parameter) ? [] : [`${name}_${parameter}`, parameter];
  return [...new Set([`${name}_id`, ...own])];
}
