/**
 * Plausible values for names, where a schema only says "string" or "number".
 *
 * @module
 */

import { wordsOf } from "../document/words.ts";

/** What a fresh value is made from. */
export interface Freshness {
  readonly runId: string;
  readonly serial: number;
}

/** Whether a name is one for a password, and not for a code or hint about one. */
export function isPasswordName(name: string): boolean {
  const words = wordsOf(name);
  const last = words.at(-1) ?? "";
  const repeated = /^(confirm|confirmation|again|repeat|repeated|verify|\d)$/.test(last);
  const word = repeated ? (words.at(-2) ?? "") : last;
  return /^(password\d?|passwd|pwd|passphrase|pass|passwort)$/.test(word);
}

const generic = /^(id|_id|uuid|guid|key|pk)$/;

/** Whether a name is one for an id, of the object itself or of another. */
export function isIdName(name: string): boolean {
  const words = wordsOf(name);
  const last = words.at(-1) ?? "";
  return /^(id|ids|uuid|guid|uid|pk)$/.test(last) || generic.test(name.toLowerCase());
}

/** Whether a name says only "id" and leaves open of what. */
export function isBareId(name: string): boolean {
  return generic.test(name.toLowerCase());
}

/** Whether a name holds what people write freely: the place for canaries. */
export function isFreeText(name: string): boolean {
  const words = wordsOf(name);
  const last = words.at(-1) ?? "";
  if (last === "address")
    return !words.some((word) => /^(e?mail|ip|mac|wallet|url|web|host|server)$/.test(word));
  return freeText.test(last);
}

const freeText =
  /^(title|name|description|desc|comment|comments|content|contents|text|body|message|note|notes|bio|about|summary|subject|label|caption|remark|remarks|reason|secret|headline|review|feedback|question|answer|details|memo|motto|nickname|street|line1|problem|instructions|complaint|story|post|todo|task|reply)$/;

/** Whether values of a name must differ between accounts. */
export function isUniqueName(name: string): boolean {
  return freshByName(name, { runId: "", serial: 0 }) !== undefined;
}

/** A mark that is found again: of one length, so that no mark is the beginning of another. */
export function markOf(runId: string, number: number): string {
  return `cnry${runId}${number.toString(36).padStart(4, "0")}`;
}

/** The password that every account of a run gets, so that a repetition of it is the same. */
export function passwordOf(runId: string): string {
  return `Cnry-${runId}-7kQ!vT2z`;
}

/** A new user name, address or number; `undefined` when the name asks for none of these. */
export function freshByName(name: string, { runId, serial }: Freshness): string | undefined {
  const words = wordsOf(name);
  const joined = words.join(" ");
  if (/\be ?mail\b(?! (id|body|subject|text|template|verified))/.test(joined))
    return `${markOf(runId, serial)}@example.com`;
  if (/\b(user ?name|login|handle|screen ?name|nick)$/.test(joined)) return markOf(runId, serial);
  if (
    /^(user|phone|mobile|cell|contact)?( ?(phone|mobile|tel|telephone))( ?(number|no))?$|^(phone|mobile|telephone|msisdn)( number)?$/.test(
      joined,
    )
  )
    return phoneOf(serial, runId);
  return undefined;
}

function phoneOf(serial: number, runId: string): string {
  // Numbers of two runs should differ too, as accounts may outlive a run.
  const run = [...new TextEncoder().encode(runId)].reduce(
    (sum, byte) => (sum * 31 + byte) % 10_000,
    7,
  );
  return `555${String(run).padStart(4, "0")}${String(serial % 1_000).padStart(3, "0")}`;
}

const strings: readonly (readonly [RegExp, string])[] = [
  [/\b(birth|birthday|dob|born)\b/, "1990-04-12"],
  [/\b(expir\w*|exp|valid ?(thru|until))\b.*\b(month)\b/, "12"],
  [/\b(expir\w*|exp)\b.*\b(year)\b/, "2031"],
  [/\b(end|until|due|deadline|expir\w*|expires|checkout|return) ?(date|day|on)?$/, "2031-03-20"],
  [/\b(date|day|since|start|checkin|departure)$/, "2031-03-15"],
  [/\b(at|timestamp|date ?time)$/, "2031-03-15T10:00:00Z"],
  [/\btime$/, "10:30"],
  [/\bcountry( code)?$/, "US"],
  [/\bcurrency( code)?$/, "USD"],
  [/\b(language|lang|locale)( code)?$/, "en"],
  [/\b(time ?zone|tz)$/, "UTC"],
  [/\b(zip|postal|post)( ?code)?$|\b(zipcode|postcode)$/, "10001"],
  [/\b(vin)$/, "1HGCM82633A004352"],
  [/\b(pin ?code|pincode|pin)$/, "4821"],
  [/\b(iban)$/, "DE89370400440532013000"],
  [/\b(bic|swift)$/, "DEUTDEFF"],
  [/\b(card ?number|card|pan|cc ?number)$/, "4242424242424242"],
  [/\b(cvv|cvc|security code)$/, "123"],
  [/\b(ssn)$/, "078-05-1120"],
  [/\bisbn(10|13)?$/, "9780306406157"],
  [/\bcolou?r$/, "#336699"],
  [/\b(lat|latitude)$/, "48.2"],
  [/\b(lon|lng|longitude)$/, "16.37"],
  [/\b(ip|ip ?address)$/, "192.0.2.10"],
  [/\b(host|host ?name|domain)$/, "example.com"],
  [/\b(url|uri|link|href|website|callback|webhook|endpoint|homepage)$/, "https://example.com/"],
  [/\b(image|avatar|photo|picture|logo|icon|thumbnail)$/, "https://example.com/image.png"],
  [/\b(gender|sex)$/, "other"],
  [/\bgrant type$/, "password"],
  [/\b(mime|content) ?type$/, "text/plain"],
  [/\b(file ?name)$/, "note.txt"],
  [/\b(quantity|qty|count)$/, "1"],
  [/\b(amount|price|cost)$/, "10"],
  [/\b(version)$/, "1.0.0"],
  [/\b(otp)$/, "0000"],
  [/\bcity$/, "Vienna"],
  [/\bstate$/, "NY"],
  [/^(sort|order|sort order|direction)$/, "asc"],
];

/** A plausible text for a name; `undefined` when the name says nothing. */
export function textByName(name: string, freshness: Freshness): string | undefined {
  const words = wordsOf(name).join(" ");
  if (isPasswordName(name)) return passwordOf(freshness.runId);
  return freshByName(name, freshness) ?? strings.find(([pattern]) => pattern.test(words))?.[1];
}

const numbers: readonly (readonly [RegExp, number])[] = [
  [/\b(quantity|qty|count|pieces|units|seats|guests|copies|times|stock)$/, 1],
  [/\b(amount|price|cost|total|fee|balance|value|sum)$/, 10],
  [/\b(page)$/, 1],
  [/\b(limit|size|per page|take)$/, 10],
  [/\b(offset|skip)$/, 0],
  [/\bage$/, 30],
  [/\byear$/, 2031],
  [/\bmonth$/, 6],
  [/\bday$/, 15],
  [/\b(rating|stars|score)$/, 4],
  [/\b(lat|latitude)$/, 48.2],
  [/\b(lon|lng|longitude)$/, 16.37],
  [/\bport$/, 443],
  [/\b(percent|percentage|discount)$/, 5],
  [/\b(at|timestamp)$/, 1_930_000_000],
];

/** A plausible number for a name. */
export function numberByName(name: string): number {
  const words = wordsOf(name).join(" ");
  return numbers.find(([pattern]) => pattern.test(words))?.[1] ?? 1;
}

/** A plausible truth value for a name: what would grant or take away something is false. */
export function booleanByName(name: string): boolean {
  return !/admin|staff|superuser|deleted|disabled|banned|blocked|archived|verified|locked|hidden|dry|debug/i.test(
    name,
  );
}
