/**
 * Accounts that were closed or switched off: what their tokens and passwords are still worth.
 *
 * Only accounts that the run opened are closed.
 *
 * @module
 */

import type { Operation } from "../../../document/operation.ts";
import { propertiesOf } from "../../../principal/infer-login.ts";
import type { Principal } from "../../../principal/principal.ts";
import { isAccountResource } from "../../../world/found-objects.ts";
import type { Exchange } from "../../../wire/exchange.ts";
import type { World } from "../../../world/world.ts";
import { held, inconclusive, notApplicable, vulnerable, type About } from "../../outcomes.ts";
import { defineTechnique, type Outcome } from "../../technique.ts";
import { freshAccount, ownValues, signsInWith, type OwnAccount } from "../accounts.ts";
import { carriedBy, proofOf, type Proof } from "../proof.ts";

/** One way to end an account. */
interface Ending {
  readonly operation: Operation;
  readonly words: string;
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

const off = /^(disabled|inactive|blocked|suspended|banned|deactivated|locked)$/i;

function endingsOf({ document }: World): readonly Ending[] {
  const removals = document.resources
    .filter(isAccountResource)
    .flatMap(({ remove }) => (remove === undefined ? [] : [remove]));
  const selves = document.operations.filter(
    ({ method, path }) => method === "DELETE" && /\/(me|account|profile|self)$/i.test(path),
  );
  const switches = document.resources
    .filter(isAccountResource)
    .flatMap(({ changes }) => changes)
    .flatMap((operation) => {
      const body = switchedOff(operation);
      return body === undefined ? [] : [{ operation, words: "switched off", body }];
    });
  const closed = [...selves, ...removals].map((operation) => ({
    operation,
    words: "removed",
    body: undefined,
  }));
  return [...switches, ...closed];
}

/** The body that switches an account off, when the document shows one. */
function switchedOff({ body }: Operation): Readonly<Record<string, unknown>> | undefined {
  for (const [name, schema] of propertiesOf(body?.schema)) {
    const values = Array.isArray(schema["enum"]) ? schema["enum"] : [];
    const value: unknown = values.find((one) => typeof one === "string" && off.test(one));
    if (value !== undefined) return { [name]: value };
    if (/^(is_?)?(active|enabled)$/i.test(name)) return { [name]: false };
    if (/^(is_?)?(disabled|blocked|banned|suspended|locked)$/i.test(name)) return { [name]: true };
  }
  return undefined;
}

interface EndedAccount {
  readonly account: OwnAccount;
  readonly proof: Proof;
  readonly ending: Ending;
  readonly done: Exchange;
}

/** Opens an account and ends it; what went wrong as a text. */
async function endAccount(world: World, ending: Ending): Promise<EndedAccount | string> {
  const account = await freshAccount(world);
  if (account === undefined) return "no account can be opened";
  const proof = await proofOf(world, account.principal);
  if (proof === undefined) return "nothing shows whether its token works";
  const { operation, body } = ending;
  const values = ownValues(world, operation, account.principal);
  if (operation.path.includes("{") && Object.keys(values).length === 0)
    return "the id of the account is not known";
  const actors: readonly (Principal | undefined)[] = [world.administrator, account.principal];
  for (const actor of actors) {
    if (actor === undefined || (!operation.path.includes("{") && actor === world.administrator))
      continue;
    const making = body === undefined ? { values } : { values, body };
    const done = await world.send(world.make(operation, actor, making), { renew: false });
    if (world.succeeds(done)) return { account, proof, ending, done };
  }
  return `${operation.key} does not work on a new account`;
}

async function* onEndings(
  world: World,
  judge: (world: World, ended: EndedAccount) => Promise<Outcome>,
): AsyncIterable<Outcome> {
  const endings = endingsOf(world);
  if (endings.length === 0)
    yield notApplicable({ target: "" }, "the document shows no way to end an account");
  for (const ending of endings.slice(0, 3)) {
    const target = ending.operation.key;
    const ended = await endAccount(world, ending);
    yield typeof ended === "string" ? inconclusive({ target }, ended) : await judge(world, ended);
  }
}

/** J-30: the token of an account that is no more. */
export const tokenOfEndedAccount = defineTechnique({
  id: "J-30",
  risk: "API2",
  title: "Token that outlives its account",
  severity: "medium",
  phase: "credential",
  needs: ["a registration operation"],
  oracle: "O-AUTH",
  guards: ["G-POS", "G-REPEAT", "G-CLEAN"],
  hole: "session-end",
  remedy: "Look the account up when a token is used, or end its sessions when it ends.",
  run: (world) => onEndings(world, judgeToken),
});

async function judgeToken(
  world: World,
  { account, proof, ending, done }: EndedAccount,
): Promise<Outcome> {
  const carried = carriedBy(world, account.principal);
  const late = await proof.ask(carried);
  const again = await proof.ask(carried);
  const about: About = {
    target: ending.operation.key,
    variant: ending.words,
    evidence: [proof.control, done, late, again],
  };
  if (!proof.accepts(late) || !proof.accepts(again))
    return held(about, `the token of a ${ending.words} account is refused`);
  const repeat = await endAccount(world, ending);
  if (typeof repeat === "string") return inconclusive(about, `it could not be repeated: ${repeat}`);
  const third = await repeat.proof.ask(carriedBy(world, repeat.account.principal));
  return repeat.proof.accepts(third)
    ? vulnerable(
        { ...about, evidence: [proof.control, done, late, repeat.done, third] },
        `the account was ${ending.words}, and its token still works at ${proof.operation.key}`,
      )
    : inconclusive(about, "it showed once and not again");
}

/** S-18: signing in to an account that is no more. */
export const signInToEndedAccount = defineTechnique({
  id: "S-18",
  risk: "API2",
  title: "Account that signs in after its end",
  severity: "high",
  phase: "credential",
  needs: ["a registration operation"],
  oracle: "O-AUTH",
  guards: ["G-POS", "G-REPEAT", "G-CLEAN"],
  hole: "ended-account",
  remedy: "Refuse to sign in whoever is not active.",
  run: (world) => onEndings(world, judgeSignIn),
});

async function judgeSignIn(
  world: World,
  { account, proof, ending, done }: EndedAccount,
): Promise<Outcome> {
  const first = await signsInWith(world, account, account.password);
  const about: About = {
    target: ending.operation.key,
    variant: ending.words,
    evidence: [done, first?.exchange],
  };
  const works = first?.carried === undefined ? undefined : await proof.ask(first.carried);
  if (works === undefined || !proof.accepts(works))
    return held(about, `a ${ending.words} account does not sign in`);
  const repeat = await endAccount(world, ending);
  const second =
    typeof repeat === "string"
      ? undefined
      : await signsInWith(world, repeat.account, repeat.account.password);
  return second === undefined
    ? inconclusive(about, "it showed once and not again")
    : vulnerable(
        { ...about, evidence: [done, first?.exchange, works, second.exchange] },
        `the account was ${ending.words}, and signs in all the same`,
      );
}
