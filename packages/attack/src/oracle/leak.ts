/**
 * Traces of the inside in an answer: stack frames, queries, paths, secrets.
 *
 * Each pattern is narrow on purpose; a caller compares with the answer to an ordinary request, so
 * that what the API always says is no leak.
 *
 * @module
 */

/** What kind of inside a pattern shows. */
export type LeakKind = "stack trace" | "SQL" | "path" | "environment" | "secret" | "debug page";

/** A trace of the inside, with the text that showed it. */
export interface Leak {
  readonly kind: LeakKind;
  readonly text: string;
}

const patterns: readonly (readonly [LeakKind, RegExp])[] = [
  [
    "stack trace",
    /\bat (?:async )?[\w.<>$ [\]]+ \(?(?:file:\/\/)?(?:\/|[A-Z]:\\|node:)[^\s)]+:\d+:\d+\)?/,
  ],
  ["stack trace", /Traceback \(most recent call last\)/],
  ["stack trace", /\bFile "[^"]+", line \d+, in \w+/],
  ["stack trace", /\bat [\w.$]+\([\w]+\.java:\d+\)/],
  ["stack trace", /\bat [\w.`<>]+\(.*\) in [A-Z]:\\.+:line \d+/],
  ["stack trace", /#\d+ \/[\w./-]+\.php\(\d+\)/],
  ["stack trace", /goroutine \d+ \[running\]/],
  [
    "SQL",
    /\bSQLITE_(?:ERROR|CONSTRAINT|MISMATCH)\b|sqlite3?\.OperationalError|near "[^"]*": syntax error|unrecognized token: "/i,
  ],
  [
    "SQL",
    /\bsyntax error at or near "|unterminated quoted string at or near|ERROR:\s+(?:column|relation) "[^"]+" does not exist|PG::\w+Error|invalid input syntax for (?:type|integer)/i,
  ],
  ["SQL", /You have an error in your SQL syntax|ER_PARSE_ERROR|mysqli?_/i],
  [
    "SQL",
    /\bORA-\d{5}\b|Unclosed quotation mark after the character string|SqlException|SQLSTATE\[/,
  ],
  [
    "SQL",
    /\b(?:SELECT\s+[\w*,.\s"`]+\s+FROM|INSERT INTO|UPDATE\s+\w+\s+SET|DELETE FROM)\s+[\w."`]+/,
  ],
  ["SQL", /\b(?:MongoServerError|MongoError|CastError: Cast to|E11000 duplicate key)\b/],
  [
    "path",
    /(?:\/(?:home|usr|var|srv|opt|app|root|work|tmp|etc)\/[\w./-]+\.(?:js|ts|mjs|py|rb|php|java|go|conf|env|json))\b/,
  ],
  ["path", /\bnode_modules\/[\w@./-]+/],
  [
    "environment",
    /\b(?:DATABASE_URL|JWT_SECRET|SECRET_KEY|AWS_SECRET_ACCESS_KEY|DB_PASSWORD|API_SECRET)\b["']?\s*[:=]\s*["']?\S+/,
  ],
  ["secret", /-----BEGIN (?:RSA |EC |OPENSSH )?PRIVATE KEY-----/],
  ["secret", /\bAKIA[0-9A-Z]{16}\b/],
  ["secret", /\$(?:2[aby]|argon2(?:id|i|d))\$[^\s"']{20,}/],
  ["secret", /\bpbkdf2[:$_]sha\d+[:$]\d+\$?\S{16,}/i],
  [
    "secret",
    /\b(?:postgres(?:ql)?|mysql|mongodb(?:\+srv)?|redis|amqp):\/\/[^\s:@/"']+:[^\s@/"']+@[^\s"']+/,
  ],
  [
    "debug page",
    /Werkzeug Debugger|Django Version:|Whoops, looks like something went wrong|Whitelabel Error Page|<title>Action Controller: Exception|DEBUG = True/,
  ],
];

/** Traces of the inside that a text shows. */
export function leaksIn(text: string): readonly Leak[] {
  const head = text.slice(0, 200_000);
  return patterns.flatMap(([kind, pattern]) => {
    const found = pattern.exec(head)?.[0];
    return found === undefined ? [] : [{ kind, text: found.slice(0, 160) }];
  });
}

/** Traces that a text shows and the ordinary texts do not (by kind). */
export function newLeaks(text: string, ordinary: readonly string[]): readonly Leak[] {
  const usual = new Set(ordinary.flatMap((one) => leaksIn(one).map(({ kind }) => kind)));
  return leaksIn(text).filter(({ kind }) => !usual.has(kind));
}
