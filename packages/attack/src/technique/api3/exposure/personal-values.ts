/**
 * What an answer tells of other people.
 *
 * Promise: somebody else's data is only what stands beside the name of another principal of the run;
 * what may just as well be the reader's own counts for nothing.
 *
 * @module
 */

import type { Operation } from "../../../document/operation.ts";
import type { Principal } from "../../../principal/principal.ts";
import { isMasked, sensitivityOf, wordsOf } from "../../../oracle/sensitive.ts";
import { namesOf, personIn, toldValues, type ToldValue } from "./told-values.ts";

/** How much harm a personal property does in the hands of a stranger. */
export type Harm = "grave" | "contact" | "slight";

/** A value about another person. */
export interface PersonalValue extends ToldValue {
  readonly person: Principal;
  readonly harm: Harm;
}

const grave =
  /\b(ssn|social security|national id|tax id|passport|birth|birthday|birthdate|date of birth|dob|iban|card|card number|credit card|pan|diagnosis|medical|salary|income|wage|balance|account number|available credit)\b/;
const contact =
  /\b(e ?mails?|mail address|phone|phone number|mobile|telephone|street|address|latitude|longitude)\b/;

/** How much harm a property of this name does; `undefined` when it is not personal. */
export function harmOf(name: string): Harm | undefined {
  const kind = sensitivityOf(name);
  if (kind !== "personal" && kind !== "money") return undefined;
  const words = wordsOf(name);
  if (/\b(ip|mac|wallet|web|image|url) address\b/.test(words)) return "slight";
  if (grave.test(words)) return "grave";
  return contact.test(words) ? "contact" : "slight";
}

/** The personal values of an answer that are about somebody other than its reader. */
export function othersData(
  json: unknown,
  reader: Principal | undefined,
  principals: readonly Principal[],
): readonly PersonalValue[] {
  const own = reader === undefined ? [] : namesOf(reader);
  return toldValues(json).flatMap((told) => {
    const harm = harmOf(told.name);
    if (harm === undefined || isMasked(told.value) || told.value === "") return [];
    if (own.includes(String(told.value))) return [];
    const person = personIn(told.within, principals);
    return person === undefined || isSame(person, reader) ? [] : [{ ...told, person, harm }];
  });
}

/** A further session or an altered credential is the same person. */
function isSame(person: Principal, reader: Principal | undefined): boolean {
  if (reader === undefined) return false;
  const own = namesOf(reader);
  return person.name === reader.name || namesOf(person).some((name) => own.includes(name));
}

const shared =
  /\b(public(ly)?|shared|everyone|anyone|anybody|everybody|all (users|members|customers|authors|employees|staff) (see|may|can)|colleagues?|directory|contacts?|phone ?book|address ?book|team(s|mates?)?|members of|visible to)\b/;

/** Whether the words of an operation say that people show themselves there. */
export function speaksOfSharing({ text, path, access }: Operation): boolean {
  return access.shared || shared.test(text) || shared.test(wordsOf(path));
}
