/**
 * Kinds of settings: each turns one environment variable's text into a value (ASVS 13.1, F14).
 *
 * Promise: a text that is not exactly a value of its kind is a fault, never a fallback. Limits: a
 * kind sees one setting; what depends on several is a production rule (`production.ts`).
 *
 * @module
 */

import { Secret } from "../kernel/index.ts";

/** What became of a setting's text. */
export type SettingOutcome<Value> = { readonly value: Value } | { readonly fault: string };

/** One declared setting. */
export interface Setting<Value> {
  /** Whether its text may never be shown, and may come from a file named by `<NAME>_FILE`. */
  readonly secret: boolean;
  /** Value without any text; absent for a required setting. */
  readonly fallback?: { readonly value: Value };
  parse(text: string): SettingOutcome<Value>;
}

/** What happens without any text: a fallback, or `optional`, or the setting is required. */
export interface FallbackOption<Value> {
  readonly fallback?: Value;
}

interface Optional {
  readonly optional: true;
}

type Kind<Options, Value> = {
  (options: Options & Optional): Setting<Value | undefined>;
  (options?: Options & FallbackOption<Value>): Setting<Value>;
};

type AnyOptions<Options, Value> = Options & FallbackOption<Value> & Partial<Optional>;

function kind<Options, Value>(
  secret: boolean,
  parser: (options: AnyOptions<Options, Value>) => (text: string) => SettingOutcome<Value>,
): Kind<Options, Value> {
  const make = (options?: AnyOptions<Options, Value>): Setting<Value | undefined> => {
    const given = options ?? ({} as AnyOptions<Options, Value>);
    const parse = parser(given);
    if (given.optional === true) return { secret, parse, fallback: { value: undefined } };
    return given.fallback === undefined
      ? { secret, parse }
      : { secret, parse, fallback: { value: given.fallback } };
  };
  return make as Kind<Options, Value>;
}

/** Bounds of {@link setting}`.integer`. */
export interface IntegerOptions {
  readonly minimum: number;
  readonly maximum: number;
}

/** Bounds of a text, in characters. */
export interface TextOptions {
  readonly minimumLength?: number;
  /** Default 1024. */
  readonly maximumLength?: number;
  readonly pattern?: RegExp;
  /** Completes "must be …" for the pattern. */
  readonly expected?: string;
}

/** Which URLs are accepted. */
export interface UrlOptions {
  /** With the colon, such as `"https:"`. */
  readonly protocols: readonly string[];
}

/** Bounds of a list. */
export interface ListOptions {
  /** Default a comma; blanks around items are dropped. */
  readonly separator?: string;
  readonly minimumItems?: number;
  /** Default 64. */
  readonly maximumItems?: number;
  /** Says what is wrong with an item, or nothing. */
  readonly check?: (item: string) => string | undefined;
}

function parseText(options: TextOptions): (text: string) => SettingOutcome<string> {
  const { expected, maximumLength = 1024, minimumLength = 1, pattern } = options;
  return (text) => {
    if (/\p{Cc}/u.test(text)) return { fault: "must not hold control characters" };
    if (text.length < minimumLength)
      return { fault: `must have at least ${minimumLength} characters` };
    if (text.length > maximumLength)
      return { fault: `must have at most ${maximumLength} characters` };
    if (pattern !== undefined && !pattern.test(text))
      return { fault: `must be ${expected ?? `like ${pattern.source}`}` };
    return { value: text };
  };
}

// RFC 7468 §3: one block per line group; what stands between or around blocks is refused.
const pemBlocks =
  /^(?:-----BEGIN ([A-Z0-9 ]{1,64})-----\r?\n(?:[A-Za-z0-9+/]{1,76}={0,2}\r?\n)+-----END \1-----(?:\r?\n|$))+$/;

function parsePem(): (text: string) => SettingOutcome<string> {
  return (text) => {
    if (text.length > 65_536) return { fault: "must have at most 65536 characters" };
    return pemBlocks.test(text) ? { value: text } : { fault: "must be PEM and nothing else" };
  };
}

function parseInteger(options: IntegerOptions): (text: string) => SettingOutcome<number> {
  const { maximum, minimum } = options;
  return (text) => {
    const value = /^-?(?:0|[1-9]\d{0,14})$/.test(text) ? Number(text) : Number.NaN;
    return value >= minimum && value <= maximum
      ? { value }
      : { fault: `must be a whole number from ${minimum} to ${maximum}` };
  };
}

function parseUrl(options: UrlOptions): (text: string) => SettingOutcome<URL> {
  const fault = `must be a URL with ${options.protocols.join(" or ")}`;
  return (text) => {
    if (text.length > 2048 || !URL.canParse(text)) return { fault };
    const url = new URL(text);
    return options.protocols.includes(url.protocol) ? { value: url } : { fault };
  };
}

function parseList(options: ListOptions): (text: string) => SettingOutcome<readonly string[]> {
  const { check, maximumItems = 64, minimumItems = 1, separator = "," } = options;
  return (text) => {
    const items = text.split(separator).map((item) => item.trim());
    if (items.includes("")) return { fault: "must not hold an empty item" };
    if (items.length < minimumItems || items.length > maximumItems)
      return { fault: `must have ${minimumItems} to ${maximumItems} items` };
    const fault = items.map((item) => check?.(item)).find((found) => found !== undefined);
    return fault === undefined ? { value: items } : { fault };
  };
}

function hidden<Value>(
  parse: (text: string) => SettingOutcome<Value>,
): (text: string) => SettingOutcome<Secret<Value>> {
  return (text) => {
    const outcome = parse(text);
    return "fault" in outcome ? outcome : { value: new Secret(outcome.value) };
  };
}

function choice<const Values extends readonly [string, ...string[]]>(
  values: Values,
  options: FallbackOption<Values[number]> = {},
): Setting<Values[number]> {
  const parse = (text: string): SettingOutcome<Values[number]> => {
    const value = values.find((one) => one === text);
    return value === undefined ? { fault: `must be one of ${values.join(", ")}` } : { value };
  };
  return options.fallback === undefined
    ? { secret: false, parse }
    : { secret: false, parse, fallback: { value: options.fallback } };
}

/**
 * The kinds of settings. A setting without `fallback` and without `optional: true` is required.
 *
 * @example
 * const schema = {
 *   PORT: setting.integer({ minimum: 1, maximum: 65_535, fallback: 8080 }),
 *   SHOP_MODE: setting.choice(["open", "closed"]),
 *   PAYMENT_WEBHOOK_SECRET: setting.secret({ minimumLength: 32 }),
 * };
 */
export const setting: {
  readonly integer: Kind<IntegerOptions, number>;
  readonly boolean: Kind<object, boolean>;
  readonly text: Kind<TextOptions, string>;
  /** Path of a file or folder; not looked at. */
  readonly path: Kind<object, string>;
  readonly url: Kind<UrlOptions, URL>;
  readonly list: Kind<ListOptions, readonly string[]>;
  /** A text that is never shown; `<NAME>_FILE` may name a file that holds it. */
  readonly secret: Kind<TextOptions, Secret<string>>;
  /** Keys or certificates in PEM (RFC 7468), several in a row; hidden like a secret. */
  readonly secretPem: Kind<object, Secret<string>>;
  /** A URL with credentials inside, such as that of a database; hidden like a secret. */
  readonly secretUrl: Kind<UrlOptions, Secret<URL>>;
  readonly choice: typeof choice;
} = {
  integer: kind(false, parseInteger),
  boolean: kind(false, () => (text) => {
    if (text === "true" || text === "false") return { value: text === "true" };
    return { fault: "must be true or false" };
  }),
  text: kind(false, parseText),
  path: kind(false, () => parseText({ maximumLength: 4096 })),
  url: kind(false, parseUrl),
  list: kind(false, parseList),
  secret: kind(true, (options: TextOptions) =>
    hidden(parseText({ maximumLength: 16_384, ...options })),
  ),
  secretPem: kind(true, () => hidden(parsePem())),
  secretUrl: kind(true, (options: UrlOptions) => hidden(parseUrl(options))),
  choice,
};
