/**
 * What a complaint asks for, in whatever words it comes.
 *
 * @module
 */

import type { Schema } from "../document/operation.ts";

/** What would mend a request. */
export type Meaning =
  | { readonly kind: "required" }
  | { readonly kind: "unknown" }
  | { readonly kind: "taken" }
  | { readonly kind: "absent" }
  | { readonly kind: "too-much" }
  | { readonly kind: "media-type" }
  | { readonly kind: "schema"; readonly schema: Schema };

const types: readonly (readonly [RegExp, Schema])[] = [
  [/\b(integer|int|int32|int64|whole number)\b/, { type: "integer" }],
  [/\b(number|numeric|float|decimal|double)\b/, { type: "number" }],
  [/\b(boolean|bool|true or false)\b/, { type: "boolean" }],
  [/\b(array|list)\b/, { type: "array" }],
  [/\b(object|dictionary|dict|map)\b/, { type: "object" }],
  [/\b(string|text|str)\b/, { type: "string" }],
];

const formats: readonly (readonly [RegExp, Schema])[] = [
  [/\be-?mail\b/, { type: "string", format: "email" }],
  [/\b(uuid|guid)\b/, { type: "string", format: "uuid" }],
  [/\b(url|uri)\b/, { type: "string", format: "uri" }],
  [/\b(iso ?-?8601|date-?time|datetime|rfc ?3339)\b/, { type: "string", format: "date-time" }],
  [/\b(yyyy-mm-dd|date)\b/, { type: "string", format: "date" }],
  [/\bip(v4)? address\b/, { type: "string", format: "ipv4" }],
  [/\bphone( number)?\b/, { type: "string", pattern: "^\\+?[0-9]{10}$" }],
];

/** Reads one complaint; empty when it is not understood. */
export function meaningsOf(written: string, allowed: readonly unknown[]): readonly Meaning[] {
  const message = written.toLowerCase();
  if (allowed.length > 0) return [{ kind: "schema", schema: { enum: allowed } }];
  if (
    /\b(already|duplicate|not unique|unique constraint|in use|must be unique|e11000)\b/.test(
      message,
    ) &&
    !/already (paid|cancelled|canceled|closed|processed|completed|logged)/.test(message)
  )
    return [{ kind: "taken" }];
  if (/content[- ]?type|media type|mimetype|expected (application\/)?json|not json\b/.test(message))
    return [{ kind: "media-type" }];
  if (
    /additional propert|unrecognized|unknown (field|key|property|argument)|not allowed\b(?! to be)|not permitted|extra (input|field)s?|unexpected (field|key|property|argument)|should not exist|is not a (known|recognized)/.test(
      message,
    )
  )
    return [{ kind: "unknown" }];
  if (
    /\b(required|missing|mandatory)\b|(can ?not|can't|must not|should not|may not|shouldn't|mustn't) be (blank|null|empty|undefined|none)|must be (provided|present|set|specified|given)|received (undefined|null)|not provided|please (provide|enter|specify|supply)|is (empty|undefined|null)\b|must (include|contain|have)\b(?!.*(character|letter|digit|least|symbol))/.test(
      message,
    )
  )
    return [{ kind: "required" }];
  if (
    /insufficient|not enough|exceeds? (your|the|available)|too (much|many)\b(?!.*(characters|requests))|over (the )?limit|out of stock|low balance/.test(
      message,
    )
  )
    return [{ kind: "too-much" }];
  const values = enumIn(written);
  if (values.length > 0) return [{ kind: "schema", schema: { enum: values } }];
  const found = schemaIn(message, written);
  if (found !== undefined) return [{ kind: "schema", schema: found }];
  if (
    /not found|does ?n[o']t exist|no such|unknown\b|could not (find|be found)|invalid (id|reference)|foreign key|not available|\binvalid\b|not valid|incorrect|\bis not an? (?!valid\b|number|string|integer|boolean|date|array|object|uuid|url|uri|list)[a-z]+$/.test(
      message,
    )
  )
    return [{ kind: "absent" }];
  return [];
}

/** "must be one of: a, b" and its relatives. */
function enumIn(written: string): readonly unknown[] {
  const found =
    /(?:one of|allowed values?(?: are| is)?|valid (?:values|options|choices)(?: are| is)?|must be in|permitted values?|expected|either|possible values(?: are)?|choose from|should be)\b(?: the following(?: values)?)?(?: values)?\s*:?\s*([^.]*)/i.exec(
      written,
    )?.[1] ?? "";
  const quoted = [...found.matchAll(/['"`‘“]([^'"`’”]{1,60})['"`’”]/g)].map((one) => one[1] ?? "");
  if (
    quoted.length > 0 &&
    /one of|allowed|valid|permitted|must be in|possible|choose|\||\bor\b|expected/i.test(written)
  )
    return quoted;
  if (
    !/one of|allowed values?|valid (values|options|choices)|permitted|possible values|choose from|must be in|either/i.test(
      written,
    )
  )
    return [];
  const bare = found
    .replaceAll(/[[\](){}]/g, " ")
    .split(/\s*(?:,|\||\bor\b|\band\b|;|\/)\s*/)
    .map((one) => one.trim());
  const words = bare.filter((one) => /^[\w.:-]{1,40}$/.test(one));
  if (words.length === 0) return [];
  return words.every((one) => /^-?\d+(\.\d+)?$/.test(one)) ? words.map(Number) : words;
}

function schemaIn(message: string, written: string): Schema | undefined {
  const bounds = boundsIn(message);
  if (bounds !== undefined) return bounds;
  const expression =
    /(?:match|pattern|regex|regexp|format)\w*(?: the)?(?: required)?(?: pattern| regex| regular expression)?\s*:?\s*["'`]?(\/.+\/[a-z]*|\^.+?\$)["'`]?/i.exec(
      written,
    )?.[1];
  if (expression !== undefined) return { pattern: expression };
  if (/\b(past|before (now|today))\b/.test(message)) return { enum: ["2020-01-15"] };
  if (/\b(future|after (now|today)|later than)\b/.test(message)) return { enum: ["2035-01-15"] };
  if (
    /\b(only|just) (letters|alphabetic)|alphabets? only|letters only|must be alphabetic/.test(
      message,
    )
  )
    return { pattern: "^[A-Za-z]{4,}$" };
  if (/alphanumeric/.test(message)) return { pattern: "^[A-Za-z0-9]{4,}$" };
  if (/\b(only|just) (digits|numbers)|digits only|numbers only|must be digits/.test(message))
    return { pattern: "^[0-9]{4,}$" };
  const asks =
    /\b(must|should|expected|expects?|valid|invalid|not an?|needs?|malformed|wrong|cannot be parsed|could not be converted|parse|format|type|has to|badly)\b/.test(
      message,
    );
  if (!asks) return undefined;
  const wanted = message.replace(/\b(received|got|found|given|but|instead of)\b.*$/, "");
  const format = formats.find(([words]) => words.test(wanted));
  const type = types.find(([words]) => words.test(wanted));
  return format?.[1] ?? type?.[1];
}

function boundsIn(message: string): Schema | undefined {
  const number = (pattern: RegExp): number | undefined => {
    const found = pattern.exec(message)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const n = String.raw`(-?\d+(?:\.\d+)?)`;
  const between = new RegExp(`between ${n} and ${n}`).exec(message);
  const least = number(
    new RegExp(
      `(?:at least|minimum(?: length)?(?: of| is)?|no less than|not be less than|greater than or equal(?: to)?|>=|shorter than|more than or equal(?: to)?|fewer than|less than the minimum of|min(?:imum)?:?) ${n}`,
    ),
  );
  const above = number(new RegExp(`(?:greater than|more than|larger than|above|exceed|>) ${n}`));
  const most = number(
    new RegExp(
      `(?:at most|maximum(?: length)?(?: of| is)?|no more than|not be more than|not exceed|less than or equal(?: to)?|<=|longer than|up to|max(?:imum)?:?) ${n}`,
    ),
  );
  const below = number(new RegExp(`(?:less than|fewer than|smaller than|below|under|<) ${n}`));
  const exact = number(
    /(?:exactly|length (?:of|must be|is)|must be) (\d+) (?:characters|digits|chars|letters)/,
  );
  const items = /\b(items?|elements?|entries)\b/.test(message);
  const length = /\b(characters?|chars?|long|length|letters|digits|short)\b/.test(message);
  const [low, high] = items
    ? ["minItems", "maxItems"]
    : length
      ? ["minLength", "maxLength"]
      : ["minimum", "maximum"];
  if (between !== null) return { [low]: Number(between[1]), [high]: Number(between[2]) };
  if (exact !== undefined) {
    return /digits/.test(message)
      ? { pattern: `^[1-9][0-9]{${exact - 1}}$` }
      : { minLength: exact, maxLength: exact };
  }
  if (/\bpositive\b/.test(message)) return { minimum: 1 };
  if (least !== undefined)
    return { [low]: least, ...(most !== undefined && most >= least && { [high]: most }) };
  if (most !== undefined) return { [high]: most };
  if (above !== undefined)
    return { [low]: length || items ? above + 1 : above + (Number.isInteger(above) ? 1 : 0.01) };
  return below === undefined ? undefined : { [high]: below - 1 };
}
