/**
 * The credentials of a run: obtained, renewed, and derived for attacks.
 *
 * Promise: a derived principal (a further session, altered headers) has a credential of its own; what
 * is done to it never reaches the one it came from. Two who need the same renewal share one.
 * Limits: a fixed credential that ends cannot be renewed.
 *
 * @module
 */

import type { HeaderLine } from "../wire/exchange.ts";
import { joinFacts } from "./facts.ts";
import type { Credential, LoginRecipe, Principal, TokenPlace } from "./principal.ts";
import type { PrincipalEntry } from "./read-principals.ts";
import { refreshOnce } from "./refresh.ts";
import { isAdministrative } from "./roles.ts";
import { settlePlace } from "./settle-place.ts";
import { signInByAny, type SignedIn, type SignInParts } from "./sign-in.ts";
import { carry } from "./token-place.ts";

/** What credentials are made from. */
export interface CredentialsOptions extends SignInParts {
  readonly entries: readonly PrincipalEntry[];
}

/** The credentials of a run. */
export interface Credentials {
  /**
   * The current credential.
   * @throws Error when this principal was never given one.
   */
  credentialOf(principal: Principal): Credential;
  /** Gets the first credential of an entry. */
  signIn(entry: PrincipalEntry): Promise<{ readonly ok: boolean; readonly why: string }>;
  /** The principal of an entry, with what its sign-in told. */
  principalOf(entry: PrincipalEntry): Principal;
  /** Gets a new token; true when there is one. */
  renew(principal: Principal): Promise<boolean>;
  /** Renews a token that has lived through most of its life. */
  freshen(principal: Principal): Promise<void>;
  /** A further session of the same one. */
  signInAgain(principal: Principal): Promise<Principal | undefined>;
  /** The same one with other header lines as credential. */
  withHeaders(principal: Principal, headers: readonly HeaderLine[]): Principal;
  /** Takes a principal in that got its credential elsewhere. */
  add(principal: Principal, credential: Credential): void;
}

/** Part of a token's life after which it is renewed before use. */
const spentLife = 0.6;
const freshenPause = 3000;

interface State {
  principal: Principal;
  credential: Credential;
  lifetime: number | undefined;
  readonly recipes: readonly LoginRecipe[];
  readonly placed: boolean;
  readonly extra: readonly HeaderLine[];
  /** Renewal under way. */
  renewal: Promise<boolean> | undefined;
  /** When a renewal before use was last tried. */
  triedAt: number;
}

/** A principal with the role that its sign-in named, unless the file told one. */
function ranked({ principal, roleTold }: PrincipalEntry, role: string | undefined): Principal {
  if (roleTold || role === undefined) return principal;
  return { ...principal, role, administrator: isAdministrative(role) };
}

function ordinal(number: number): string {
  const tens = number % 100;
  const suffix = tens > 10 && tens < 14 ? "th" : (["th", "st", "nd", "rd"][number % 10] ?? "th");
  return `${number}${suffix}`;
}

function bearerIn(headers: readonly HeaderLine[]): string | undefined {
  const value = headers.find(([name]) => name.toLowerCase() === "authorization")?.[1];
  return value === undefined ? undefined : (/^\w+ +(\S+)$/.exec(value)?.[1] ?? value);
}

/** The credentials of the principals of a file. */
export function createCredentials(options: CredentialsOptions): Credentials {
  const { entries, now } = options;
  const states = new Map<string, State>();
  /** Sessions and alterations so far, by the name they came from. */
  const derived = new Map<string, { sessions: number; alterations: number }>();
  const countsOf = (name: string): { sessions: number; alterations: number } => {
    const counts = derived.get(name) ?? { sessions: 1, alterations: 0 };
    derived.set(name, counts);
    return counts;
  };
  const rootOf = ({ name }: Principal): string =>
    name.replace(/(?: \((?:\d+\w\w session|altered \d+)\))+$/, "");

  const stateOf = (
    principal: Principal,
    outcome: SignedIn & { readonly ok: true },
    source: Pick<State, "placed" | "extra">,
  ): State => ({
    principal: {
      ...principal,
      recipe: outcome.recipe,
      facts: joinFacts(principal.facts, outcome.facts),
    },
    credential: outcome.credential,
    lifetime: outcome.lifetime,
    recipes: [outcome.recipe],
    placed: source.placed,
    extra: source.extra,
    renewal: undefined,
    triedAt: 0,
  });

  /** The place of tokens that the file does not place; asked of the API once. */
  let settled: Promise<TokenPlace> | undefined;
  const settle = async (state: State, usual: TokenPlace | undefined): Promise<State> => {
    const { token } = state.credential;
    if (usual === undefined || token === undefined) return state;
    settled ??= settlePlace(options, token, usual);
    const place = await settled;
    if (place === usual) return state;
    const { headers, query } = carry(place, token);
    const left = new Set(carry(usual, token).headers.map(([name]) => name.toLowerCase()));
    const rest = state.credential.headers.filter(([name]) => !left.has(name.toLowerCase()));
    const recipes = state.recipes.map((recipe) => ({ ...recipe, place }));
    return {
      ...state,
      credential: { ...state.credential, headers: [...headers, ...rest], query },
      recipes,
      principal: { ...state.principal, recipe: recipes[0] },
      placed: true,
    };
  };

  const signIn = async (entry: PrincipalEntry): Promise<{ ok: boolean; why: string }> => {
    const { principal, source } = entry;
    if (source.kind === "fixed") {
      const { headers, query } = source.carried;
      const credential = {
        headers,
        query,
        token: source.token,
        refreshToken: undefined,
        obtainedAt: now(),
      };
      states.set(principal.name, await settle(fixedState(principal, credential), source.usual));
      return { ok: true, why: "the file gives its credential" };
    }
    const { recipes, placed, extra } = source;
    const outcome = await signInByAny(options, recipes, placed, extra);
    if (!outcome.ok) return outcome;
    const state = stateOf(ranked(entry, outcome.role), outcome, { placed, extra });
    const usual = placed || outcome.from === "cookie" ? undefined : outcome.recipe.place;
    states.set(principal.name, await settle(state, usual));
    const { method, path } = outcome.recipe;
    return { ok: true, why: `signed in by ${method} ${path}` };
  };

  const renewNow = async (state: State): Promise<boolean> => {
    const [recipe] = state.recipes;
    if (recipe === undefined) return false;
    const refreshed = await refreshOnce(options, recipe, state.credential);
    if (refreshed !== undefined) {
      Object.assign(state, refreshed);
      return true;
    }
    const outcome = await signInByAny(options, state.recipes, state.placed, state.extra);
    if (!outcome.ok) return false;
    state.credential = outcome.credential;
    state.lifetime = outcome.lifetime;
    return true;
  };

  const renew = async (principal: Principal): Promise<boolean> => {
    const state = states.get(principal.name);
    if (state === undefined) {
      const entry = entries.find((one) => one.principal.name === principal.name);
      return entry !== undefined && (await signIn(entry)).ok;
    }
    state.renewal ??= renewNow(state).finally(() => {
      state.renewal = undefined;
    });
    return state.renewal;
  };

  return {
    signIn,
    renew,
    credentialOf(principal) {
      const state = states.get(principal.name);
      if (state === undefined)
        throw new Error(`There is no credential of "${principal.name}": it has not signed in.`);
      return state.credential;
    },
    principalOf: ({ principal }) => states.get(principal.name)?.principal ?? principal,
    async freshen(principal) {
      const state = states.get(principal.name);
      if (state?.lifetime === undefined || state.recipes.length === 0) return;
      if (now() - state.credential.obtainedAt < state.lifetime * spentLife) return;
      // A renewal that fails is not tried again before every request.
      if (now() - state.triedAt < freshenPause) return;
      state.triedAt = now();
      await renew(principal);
    },
    async signInAgain(principal) {
      const root = rootOf(principal);
      const state = states.get(principal.name) ?? states.get(root);
      const recipes = principal.recipe === undefined ? (state?.recipes ?? []) : [principal.recipe];
      if (state === undefined || recipes.length === 0) return undefined;
      const outcome = await signInByAny(options, recipes, state.placed, state.extra);
      if (!outcome.ok) return undefined;
      const name = `${root} (${ordinal(++countsOf(root).sessions)} session)`;
      const session = stateOf({ ...principal, name }, outcome, state);
      states.set(name, session);
      return session.principal;
    },
    withHeaders(principal, headers) {
      const root = rootOf(principal);
      const name = `${root} (altered ${++countsOf(root).alterations})`;
      const altered: Principal = { ...principal, name, recipe: undefined };
      states.set(
        name,
        fixedState(altered, {
          headers,
          query: [],
          token: bearerIn(headers),
          refreshToken: undefined,
          obtainedAt: now(),
        }),
      );
      return altered;
    },
    add(principal, credential) {
      const { recipe } = principal;
      const recipes = recipe === undefined ? [] : [recipe];
      states.set(principal.name, { ...fixedState(principal, credential), recipes });
    },
  };
}

function fixedState(principal: Principal, credential: Credential): State {
  return {
    principal,
    credential,
    lifetime: undefined,
    recipes: [],
    placed: true,
    extra: [],
    renewal: undefined,
    triedAt: 0,
  };
}
