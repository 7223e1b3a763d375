/**
 * Secrets that somebody would choose who means to change them later: words, their usual spellings,
 * and words of the document itself.
 *
 * @module
 */

import type { ApiDocument } from "../../../document/operation.ts";

const words = [
  "secret",
  "password",
  "key",
  "token",
  "jwt",
  "changeme",
  "admin",
  "test",
  "random",
  "default",
  "private",
  "example",
  "supersecret",
  "secretkey",
  "jwtsecret",
  "mysecret",
  "topsecret",
  "verysecret",
  "notsosecret",
  "shhhhh",
  "api",
  "app",
  "auth",
  "dev",
  "development",
  "production",
  "demo",
  "hello",
  "letmein",
  "qwerty",
  "welcome",
  "access",
  "session",
  "signing",
  "shared",
  "server",
  "node",
  "express",
  "flask",
  "django",
  "spring",
  "laravel",
] as const;

const pairs: readonly (readonly [string, string])[] = [
  ["my", "secret"],
  ["my", "key"],
  ["my", "password"],
  ["my", "jwt secret"],
  ["my", "secret key"],
  ["my", "super secret"],
  ["my", "super secret key"],
  ["super", "secret"],
  ["super", "secret key"],
  ["super", "secret token"],
  ["super secret", "jwt key"],
  ["very", "secret"],
  ["very", "secret key"],
  ["top", "secret"],
  ["your", "secret"],
  ["your", "secret key"],
  ["your", "jwt secret"],
  ["your", "256 bit secret"],
  ["your", "512 bit secret"],
  ["your", "super secret key"],
  ["jwt", "secret"],
  ["jwt", "key"],
  ["jwt", "token"],
  ["jwt", "secret key"],
  ["jwt", "token secret"],
  ["token", "secret"],
  ["access", "token secret"],
  ["refresh", "token secret"],
  ["secret", "key"],
  ["secret", "token"],
  ["secret", "jwt"],
  ["private", "key"],
  ["signing", "key"],
  ["signing", "secret"],
  ["app", "secret"],
  ["api", "secret"],
  ["api", "key"],
  ["auth", "secret"],
  ["session", "secret"],
  ["change", "me"],
  ["change", "this"],
  ["change", "it"],
  ["please", "change me"],
  ["this is a", "secret"],
  ["this is my", "secret"],
  ["not a", "secret"],
  ["do not", "tell"],
  ["keyboard", "cat"],
  ["dev", "secret"],
  ["dev", "key"],
  ["test", "secret"],
  ["test", "key"],
  ["insecure", "secret"],
  ["default", "secret"],
  ["hard to guess", "string"],
  ["shared", "secret"],
];

const plain = [
  "",
  "123",
  "1234",
  "12345",
  "123456",
  "1234567",
  "12345678",
  "123456789",
  "1234567890",
  "0123456789",
  "111111",
  "000000",
  "abc",
  "abc123",
  "abcdef",
  "abcdefg",
  "abcdefghijklmnopqrstuvwxyz",
  "qwertyuiop",
  "asdf",
  "asdfgh",
  "p@ssw0rd",
  "P@ssw0rd",
  "passw0rd",
  "Passw0rd!",
  "s3cr3t",
  "S3cr3t!",
  "foo",
  "foobar",
  "bar",
  "undefined",
  "null",
  "None",
  "true",
  "SECRET_KEY",
  "JWT_SECRET",
  "JWT_SECRET_KEY",
  "ACCESS_TOKEN_SECRET",
  "$JWT_SECRET",
  "process.env.JWT_SECRET",
  "a",
  "x",
  "1",
  "0",
];

const endings = ["", "1", "12", "123", "1234", "!", "_123", "-123"];

function spellings(text: string): readonly string[] {
  const parts = text
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter(Boolean);
  const capital = (part: string): string => part.charAt(0).toUpperCase() + part.slice(1);
  const [first = "", ...rest] = parts;
  const joined = parts.join("");
  return [
    joined,
    parts.join("_"),
    parts.join("-"),
    parts.join(" "),
    first + rest.map(capital).join(""),
    parts.map(capital).join(""),
    joined.toUpperCase(),
    parts.join("_").toUpperCase(),
  ];
}

/** Words of the title, the host and the tags of a document. */
function ownWords({ title, servers, operations }: ApiDocument, origin: string): readonly string[] {
  const host = URL.parse(origin)?.hostname ?? "";
  const hosts = [host, ...servers.map((server) => URL.parse(server, origin)?.hostname ?? "")];
  const parts = title.split(/[^A-Za-z\d]+/).filter((part) => part.length > 2);
  const tags = operations.flatMap(({ tags: own }) => own).slice(0, 40);
  const segments = operations.flatMap(({ path }) => path.split(/[/{}]+/));
  return [...new Set([title, ...parts, ...hosts, ...tags, ...segments])].filter(
    (word) => word.length > 1 && word.length <= 60,
  );
}

/** Secrets to try, the plainest first; some thousand, without traffic. */
export function weakSecrets(document: ApiDocument, origin: string): ReadonlySet<string> {
  const own = ownWords(document, origin).slice(0, 120);
  const compound = pairs.map(([one, other]) => `${one} ${other}`);
  const owned = own.flatMap((word) => [
    word,
    ...["secret", "key", "jwt", "jwt secret", "secret key", "token"].map((end) => `${word} ${end}`),
  ]);
  const usual = [...words, ...compound].flatMap((word) =>
    endings.flatMap((ending) => spellings(word).map((text) => text + ending)),
  );
  return new Set([
    ...plain,
    ...usual,
    ...own,
    ...owned.flatMap((word) => spellings(word).flatMap((text) => [text, `${text}123`, `${text}1`])),
  ]);
}
