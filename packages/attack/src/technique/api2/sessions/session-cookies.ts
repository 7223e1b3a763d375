/**
 * Cookies that carry a session: who chooses their value, and what keeps scripts and foreign pages away.
 *
 * @module
 */

import type { Principal } from "../../../principal/principal.ts";
import type { Carried } from "../../../principal/token-place.ts";
import type { Exchange } from "../../../wire/exchange.ts";
import type { World } from "../../../world/world.ts";
import {
  held,
  inconclusive,
  notApplicable,
  suspected,
  vulnerable,
  type About,
} from "../../outcomes.ts";
import { defineTechnique, type Outcome } from "../../technique.ts";
import { accountOf, callOfRecipe, tryLogin, type OwnAccount } from "../accounts.ts";
import { proofOf, type Proof } from "../proof.ts";
import { signers } from "../sessions-of.ts";
import { freshWord } from "../token-forging/own-keys.ts";

interface CookieSession {
  readonly account: OwnAccount;
  readonly login: Exchange;
  readonly target: string;
  readonly proof: Proof;
  /** The cookie that carries the session, and the line that set it. */
  readonly name: string;
  readonly value: string;
  readonly line: string;
}

function setCookies({
  answer,
}: Exchange): readonly { readonly name: string; readonly value: string; readonly line: string }[] {
  return (answer?.headers ?? [])
    .filter(([name]) => name.toLowerCase() === "set-cookie")
    .map(([, line]) => {
      const pair = line.split(";")[0] ?? "";
      const equals = pair.indexOf("=");
      return { name: pair.slice(0, equals).trim(), value: pair.slice(equals + 1).trim(), line };
    })
    .filter(({ name, value }) => name !== "" && value !== "");
}

function cookie(name: string, value: string): Carried {
  return { headers: [["cookie", `${name}=${value}`]], query: [] };
}

/** Signs in and finds the cookie that alone lets its holder in. */
async function cookieSession(world: World): Promise<CookieSession | undefined> {
  for (const principal of signers(world).slice(0, 2)) {
    const account = accountOf(world, principal);
    const login =
      account === undefined ? undefined : (await tryLogin(world, account.recipe)).exchange;
    const cookies = login === undefined ? [] : setCookies(login);
    const proof = cookies.length === 0 ? undefined : await proofOf(world, principal);
    if (account === undefined || login === undefined || proof === undefined) continue;
    for (const one of cookies)
      if (proof.accepts(await proof.ask(cookie(one.name, one.value))))
        return { account, login, proof, target: targetOf(world, principal), ...one };
  }
  return undefined;
}

function targetOf({ document }: World, { recipe }: Principal): string {
  const own = document.operations.find(
    ({ method, path }) => method === recipe?.method && path === recipe.path,
  );
  return own?.key ?? `${recipe?.method ?? "POST"} ${recipe?.path ?? ""}`;
}

/** S-10: the value of the cookie from before signing in. */
export const sessionFixation = defineTechnique({
  id: "S-10",
  risk: "API2",
  title: "Session that somebody else chose",
  severity: "high",
  phase: "token",
  needs: ["a sign-in recipe"],
  oracle: "O-AUTH",
  guards: ["G-POS", "G-NEG", "G-REPEAT"],
  hole: "session-fixation",
  remedy:
    "Give a new session id at every sign-in and never accept one that the server did not make.",
  run: async function* (world) {
    const session = await cookieSession(world);
    yield session === undefined
      ? notApplicable({ target: "" }, "no sign-in gives a cookie that carries the session")
      : await tryFixation(world, session);
  },
});

async function tryFixation(
  world: World,
  { account, proof, name, value, target }: CookieSession,
): Promise<Outcome> {
  const own = Array.from({ length: Math.ceil(value.length / 12) }, () =>
    freshWord(() => world.random()),
  )
    .join("")
    .slice(0, value.length);
  const offered = setCookies(
    await world.send({ ...proof.control.call, principal: undefined }),
  ).find((one) => one.name === name);
  const values: readonly (readonly [string, string])[] = [
    ["a value of our own", own],
    ...(offered === undefined
      ? []
      : ([["the value from before signing in", offered.value]] as const)),
  ];
  for (const [variant, chosen] of values) {
    const evidence: Exchange[] = [];
    const works = async (): Promise<boolean> => {
      const before = await proof.ask(cookie(name, chosen));
      const login = await tryLogin(world, account.recipe, (call) => ({
        ...call,
        headers: [...call.headers, ["cookie", `${name}=${chosen}`]],
      }));
      const after = await proof.ask(cookie(name, chosen));
      evidence.push(before, login.exchange, after);
      return !proof.accepts(before) && proof.accepts(after);
    };
    if (!(await works())) continue;
    // The value is used now; that it goes on to work is the repeat.
    const again = await proof.ask(cookie(name, chosen));
    const about: About = { target, variant, evidence: [...evidence, again] };
    return proof.accepts(again)
      ? vulnerable(
          about,
          `${variant} was sent along with the sign-in as ${name}, and is now a session of ${account.principal.name}`,
        )
      : inconclusive(about, "it worked once and not again");
  }
  return held({ target }, "signing in gives a new session");
}

/** S-12: what the browser is told about the cookie. */
export const cookieFlags = defineTechnique({
  id: "S-12",
  risk: "API2",
  title: "Session cookie without its flags",
  severity: "medium",
  phase: "token",
  needs: ["a sign-in recipe"],
  oracle: "O-AUTH",
  guards: ["G-POS", "G-REPEAT"],
  hole: "cookie-flags",
  remedy: "Set HttpOnly, SameSite and, over TLS, Secure on the cookie of the session.",
  run: async function* (world) {
    const session = await cookieSession(world);
    yield session === undefined
      ? notApplicable({ target: "" }, "no sign-in gives a cookie that carries the session")
      : await judgeFlags(world, session);
  },
});

function missingFlags(line: string, overTls: boolean): readonly string[] {
  const flags = [
    ["HttpOnly", /;\s*httponly/i],
    ["SameSite", /;\s*samesite\s*=\s*(lax|strict)/i],
    ...(overTls ? ([["Secure", /;\s*secure/i]] as const) : []),
  ] as const;
  return flags.filter(([, pattern]) => !pattern.test(line)).map(([name]) => name);
}

async function judgeFlags(
  world: World,
  { account, login, proof, name, line, target }: CookieSession,
): Promise<Outcome> {
  const overTls = world.origin.startsWith("https:");
  const missing = missingFlags(line, overTls);
  const about: About = { target, variant: name, evidence: [login, proof.control] };
  if (missing.length === 0) return held(about, `the cookie ${name} has its flags`);
  const again = await tryLogin(world, account.recipe);
  const second = setCookies(again.exchange).find((one) => one.name === name);
  const shown: About = { ...about, evidence: [...(about.evidence ?? []), again.exchange] };
  if (second === undefined || missingFlags(second.line, overTls).length === 0)
    return inconclusive(shown, "the flags were missing once and not again");
  const words = `the cookie ${name}, which alone lets its holder in, lacks ${missing.join(" and ")}`;
  // Browsers take a cookie without SameSite for Lax.
  return missing.length === 1 && missing[0] === "SameSite" && !/samesite\s*=\s*none/i.test(line)
    ? suspected(shown, words)
    : vulnerable(shown, words);
}

/** C-17: a sign-in that a foreign page can send. */
export const signInByForeignPage = defineTechnique({
  id: "C-17",
  risk: "API2",
  title: "Sign-in that a foreign page can send",
  severity: "low",
  phase: "credential",
  needs: ["a sign-in recipe"],
  oracle: "O-AUTH",
  guards: ["G-POS", "G-REPEAT"],
  hole: "sign-in-forgery",
  remedy: "Take JSON only as application/json, and set SameSite on the cookie.",
  run: async function* (world) {
    const session = await cookieSession(world);
    yield session === undefined
      ? notApplicable({ target: "" }, "no sign-in gives a cookie that carries the session")
      : await tryForeignPage(world, session);
  },
});

async function tryForeignPage(
  world: World,
  { account, login, proof, name, line, target }: CookieSession,
): Promise<Outcome> {
  if (/;\s*samesite\s*=\s*(lax|strict)/i.test(line))
    return held({ target, evidence: [login] }, "the cookie is not sent from foreign pages");
  const { body } = callOfRecipe(world, account.recipe);
  const attempt = () =>
    tryLogin(world, account.recipe, (call) => ({
      ...call,
      body,
      headers: [
        ...call.headers.filter(([header]) => !/^(content-type|origin)$/i.test(header)),
        ["content-type", "text/plain"],
        ["origin", "https://elsewhere.example"],
      ],
    }));
  const first = await attempt();
  const second = first.carried === undefined ? first : await attempt();
  const about: About = {
    target,
    variant: "text/plain from another origin",
    evidence: [login, first.exchange, second.exchange],
  };
  const set = setCookies(second.exchange).find((one) => one.name === name);
  const works = set === undefined ? undefined : await proof.ask(cookie(name, set.value));
  return first.carried !== undefined && works !== undefined && proof.accepts(works)
    ? suspected(about, "a foreign page can sign its visitor in to an account of its own")
    : held(about, "refused");
}
