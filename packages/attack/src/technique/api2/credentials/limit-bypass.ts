/**
 * Ways around a limit on guessing: other addresses, other spellings, all at once.
 *
 * All of it needs a limit that was reached first.
 *
 * @module
 */

import type { Call, Exchange } from "../../../wire/exchange.ts";
import type { World } from "../../../world/world.ts";
import {
  held,
  inconclusive,
  notApplicable,
  suspected,
  vulnerable,
  type About,
} from "../../outcomes.ts";
import { defineTechnique, type Outcome, type Severity, type Technique } from "../../technique.ts";
import {
  callOfRecipe,
  freshAccount,
  readLogin,
  recipeWith,
  tryLogin,
  type OwnAccount,
} from "../accounts.ts";
import { guess, isLimited, learnLimit, targetOf, wrongPassword, type Guessing } from "./limit.ts";

const remedy =
  "Count failures by account, however its name is spelt, and by the address of the connection.";

/** An account of its own whose limit is reached. */
interface AtLimit {
  readonly account: OwnAccount;
  readonly limit: number;
  readonly guessing: Guessing;
  readonly about: (variant: string, ...evidence: readonly (Exchange | undefined)[]) => About;
}

function bypass(
  id: string,
  title: string,
  severity: Severity,
  attempt: (world: World, at: AtLimit) => Promise<Outcome>,
  reached = true,
): Technique {
  return defineTechnique({
    id,
    risk: "API2",
    title,
    severity,
    phase: "credential",
    needs: ["a registration operation"],
    oracle: "O-COUNT",
    guards: ["G-POS", "G-429", "G-REPEAT"],
    hole: "guessing",
    remedy,
    run: async function* (world) {
      const learnt = await learnLimit(world);
      const target = learnt === undefined ? "" : targetOf(world, learnt.recipe);
      if (learnt?.limitedAt === undefined) {
        yield notApplicable({ target }, "no limit was seen that could be gone around");
        return;
      }
      const account = await freshAccount(world);
      const guessing =
        account === undefined || !reached
          ? learnt
          : await guess(world, account, account.recipe, learnt.limitedAt + 5);
      if (account === undefined || guessing?.limitedAt === undefined) {
        yield inconclusive(
          { target },
          "the limit was not reached again on an account of the run's own",
        );
        return;
      }
      const about: AtLimit["about"] = (variant, ...evidence) => ({
        target,
        variant,
        evidence: [guessing.first, guessing.last, ...evidence],
      });
      yield await attempt(world, { account, guessing, limit: learnt.limitedAt, about });
    },
  });
}

const addresses = 8;
const many = 60;

/** C-02: the same account from many addresses. */
export const limitByAddressOnly = bypass(
  "C-02",
  "Limit that counts only by address",
  "medium",
  async (world, { account, guessing, about, limit }) => {
    let judged = limit;
    let last: Exchange | undefined;
    for (let index = 0; index < addresses && judged < many; index++) {
      // Another address, where the system has one to give.
      world.client.enter(`C-02, address ${index + 2}`);
      const more = await guess(world, account, account.recipe, limit + 5);
      last = more?.last;
      if (more === undefined || more.limitedAt === 0) break;
      if (isLimited(more.first, guessing.first) !== undefined) break;
      judged += more.limitedAt ?? more.tries;
    }
    world.client.enter("C-02");
    const shown = about(`${addresses} addresses`, last);
    return judged >= many
      ? suspected(
          shown,
          `${judged} wrong passwords for one account were judged, from many addresses: the limit holds for each address alone`,
        )
      : held(shown, `${judged} wrong passwords for one account were judged, from whatever address`);
  },
);

const addressHeaders = [
  "x-forwarded-for",
  "x-real-ip",
  "x-client-ip",
  "x-originating-ip",
  "x-remote-addr",
  "true-client-ip",
  "cf-connecting-ip",
  "fastly-client-ip",
  "x-cluster-client-ip",
  "forwarded",
];

function fromAddress(call: Call, header: string, number: number): Call {
  const address = `198.51.100.${(number % 250) + 1}`;
  return {
    ...call,
    headers: [...call.headers, [header, header === "forwarded" ? `for=${address}` : address]],
  };
}

/** C-03: the address that a header tells. */
export const limitByHeader = bypass(
  "C-03",
  "Limit that believes a header about the address",
  "medium",
  async (world, { account, guessing, about }) => {
    for (const header of addressHeaders) {
      const freed: Exchange[] = [];
      for (let number = 0; number < 3; number++) {
        const wrong = recipeWith(account.recipe, { password: wrongPassword(700 + number) });
        const { exchange } = await tryLogin(world, wrong, (call) =>
          fromAddress(call, header, number),
        );
        if (isLimited(exchange, guessing.first) !== undefined) break;
        freed.push(exchange);
      }
      if (freed.length < 3) continue;
      const still = await tryLogin(
        world,
        recipeWith(account.recipe, { password: wrongPassword(800) }),
      );
      const shown = about(header, ...freed.slice(0, 2), still.exchange);
      return isLimited(still.exchange, guessing.first) === undefined
        ? inconclusive(shown, "the limit was over by itself")
        : vulnerable(
            shown,
            `the limit was reached; with another address in ${header} each time guessing goes on, without it it does not`,
          );
    }
    return held(
      about(`${addressHeaders.length} headers`),
      "the limit holds whatever headers tell the address",
    );
  },
);

type Respelling = readonly [words: string, change: (call: Call, account: OwnAccount) => Call];

function renamed(words: string, spell: (name: string) => string): Respelling {
  return [
    words,
    (call, { recipe, name }) => ({
      ...call,
      body: bodyOf(recipeWith(recipe, { name: spell(name) }).body),
    }),
  ];
}

function bodyOf(body: unknown): string {
  return typeof body === "string" ? body : JSON.stringify(body);
}

const respellings: readonly Respelling[] = [
  renamed("the name in capitals", (name) => name.toUpperCase()),
  renamed("a space after the name", (name) => `${name} `),
  renamed("a space before the name", (name) => ` ${name}`),
  renamed("a zero byte after the name", (name) => `${name}\0`),
  ["a slash after the path", (call) => ({ ...call, path: `${call.path}/` })],
  ["a double slash in the path", (call) => ({ ...call, path: `/${call.path}` })],
  ["a query after the path", (call) => ({ ...call, path: `${call.path}?again=1` })],
  ["the path in capitals", (call) => ({ ...call, path: call.path.toUpperCase() })],
];

/** C-04: the same account or operation, spelt in another way. */
export const limitBySpelling = bypass(
  "C-04",
  "Limit that another spelling goes around",
  "medium",
  async (world, at) => {
    const { account, guessing, about } = at;
    for (const [words, change] of respellings) {
      const right = await tryLogin(world, account.recipe, (call) => change(call, account));
      if (right.carried === undefined) continue;
      const plain = await tryLogin(world, account.recipe);
      if (plain.carried !== undefined)
        return inconclusive(
          about(words, right.exchange, plain.exchange),
          "the limit was over by itself",
        );
      if (isLimited(plain.exchange, guessing.first) === undefined) continue;
      return vulnerable(
        about(words, right.exchange, plain.exchange),
        `the limit was reached, and the right password is refused; with ${words} it signs in, so that guessing goes on`,
      );
    }
    return held(about(`${respellings.length} spellings`), "the limit holds for every spelling");
  },
);

const burst = 30;

/** C-05: all guesses at once. */
export const limitByBurst = bypass(
  "C-05",
  "Limit that many guesses at once go around",
  "medium",
  async (world, { account, limit, guessing, about }) => {
    if (limit + 5 >= burst)
      return inconclusive(about(""), `a limit of ${limit} cannot be told from ${burst} at once`);
    const calls = Array.from({ length: burst }, (_, number) =>
      callOfRecipe(world, recipeWith(account.recipe, { password: wrongPassword(number) })),
    );
    const exchanges = await world.client.sendTogether(calls);
    const judged = exchanges.filter(
      (one) => one.answer !== undefined && isLimited(one, guessing.first) === undefined,
    );
    const right = await readLogin(
      world,
      account.recipe,
      await world.send(callOfRecipe(world, account.recipe), { patient: false, renew: false }),
    );
    const shown = about(`${burst} at once`, ...exchanges.slice(0, 2), right.exchange);
    return judged.length > Math.max(limit * 2, limit + 5)
      ? vulnerable(
          shown,
          `${judged.length} of ${burst} guesses at once were judged, though one after the other only ${limit} are`,
        )
      : held(
          shown,
          `${judged.length} of ${burst} guesses at once were judged, and ${limit} one after the other`,
        );
  },
  false,
);
