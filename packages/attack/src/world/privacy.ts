/**
 * Whether what one principal owns is private to it, and from what that is known.
 *
 * Without a declaration nothing says that an order is private and an article is not. The evidence is
 * weighed in this order: what the document declares, what the API itself shows (a list that hides
 * others' items), and what names and words say. Where nothing speaks for it, the answer is no.
 *
 * @module
 */

import type { ApiDocument, Operation, Resource } from "../document/operation.ts";
import { holds, marksIn } from "../oracle/marks.ts";
import { isSuccess } from "../oracle/refusal.ts";
import { sensitiveLeaves, wordsOf } from "../oracle/sensitive.ts";
import type { Principal } from "../principal/principal.ts";
import type { CallMaker } from "../value/make-call.ts";
import { idIn, itemsIn } from "./item-id.ts";
import type { OwnedObject, Privacy, World } from "./world.ts";

/** What the judgement needs. */
export interface PrivacyParts {
  readonly document: ApiDocument;
  readonly maker: CallMaker;
  readonly send: World["send"];
  /** Peers of the owner. */
  readonly principals: readonly Principal[];
}

const privateKinds =
  /\b(orders?|invoices?|payments?|payment methods?|cards?|accounts?|transactions?|transfers?|statements?|messages?|mails?|chats?|inbox|notes?|vehicles?|cars?|devices?|sessions?|tokens?|keys?|api keys?|secrets?|subscriptions?|bookings?|reservations?|appointments?|prescriptions?|records?|medical|carts?|baskets?|wallets?|addresses|address|documents?|files?|uploads?|receipts?|claims?|loans?|purchases?|refunds?|beneficiar(y|ies)|notifications?|reports?|returns?|diar(y|ies)|journals?|health)\b/;

const publicKinds =
  /\b(posts?|articles?|comments?|reviews?|products?|items?|categor(y|ies)|recipes?|menus?|menu items?|videos?|events?|blogs?|pages?|tags?|forums?|threads?|topics?|profiles?|catalog(ue)?s?|news|books?|movies?|songs?|courses?|locations?|stores?|shops?|status|feeds?|polls?|leaderboards?|ratings?)\b/;

const sharedWords =
  /\b(public(ly)?|shared|everyone|anyone|anybody|everybody|all (users|members|customers|authors|colleagues)|any (user|member|authenticated|signed)|colleagues?|team(s|mates?)?|members of|collaborat\w+|directory|community|visible to)\b/;

const ownWords =
  /\b(my|mine|your|own|owned|owner'?s?|caller'?s?|current user'?s?|logged[- ]in user'?s?|authenticated user'?s?|private|personal|only (the )?(owner|author|user) (can|may))\b/;

/** Judges operations on objects, remembering what lists show. */
export function createPrivacy(
  parts: PrivacyParts,
): (operation: Operation, object: OwnedObject) => Promise<Privacy> {
  const lists = new Map<string, Promise<"hides" | "shows" | "unknown">>();

  const listOf = (
    resource: Resource,
    object: OwnedObject,
  ): Promise<"hides" | "shows" | "unknown"> => {
    const key = `${resource.itemPath} ${object.owner.name}`;
    const known = lists.get(key) ?? lookAtList(parts, resource, object);
    lists.set(key, known);
    return known;
  };

  return async (operation, object) => {
    const declared = declaredPrivacy(operation);
    if (declared !== undefined) return declared;
    const list = await listOf(object.resource, object);
    if (list === "hides")
      return yes("shown", "the list shows such an item to its owner and not to the other");
    return namedPrivacy(operation, object, list);
  };
}

function declaredPrivacy({ access }: Operation): Privacy | undefined {
  if (access.ownerParameter !== undefined || access.selfParameter !== undefined)
    return yes("declared", `declared ${access.words}`);
  if (access.shared) return no("declared", "declared to be shared");
  if (access.kind === "anonymous") return no("declared", "declared for everybody");
  return undefined;
}

async function lookAtList(
  { maker, send, principals }: PrivacyParts,
  { list, parameter }: Resource,
  object: OwnedObject,
): Promise<"hides" | "shows" | "unknown"> {
  const stranger = principals.find(
    ({ name, role }) => name !== object.owner.name && role === object.owner.role,
  );
  if (list === undefined || stranger === undefined || list.path.includes("{")) return "unknown";
  void parameter;
  const own = await send(maker.make(list, object.owner));
  const foreign = await send(maker.make(list, stranger));
  if (!isSuccess(own) || !isSuccess(foreign)) return "unknown";
  const has = (json: unknown): boolean =>
    itemsIn(json).some((item) => idIn(item, object.resource) === object.id);
  if (!has(own.answer?.json)) return "unknown";
  return has(foreign.answer?.json) ? "shows" : "hides";
}

function namedPrivacy(
  { text, answers, access }: Operation,
  object: OwnedObject,
  list: "shows" | "unknown",
): Privacy {
  const kind = wordsOf(object.resource.name);
  if (sharedWords.test(text)) return no("named", "its description speaks of sharing");
  const leaves = sensitiveLeaves(object.body).filter(
    ({ kind: why, value }) =>
      why !== "privilege" && (why !== "personal" || String(value).length > 3),
  );
  const secret = leaves.find((leaf) => leaf.kind === "credential");
  if (secret !== undefined) return yes("named", `it holds ${secret.name}`);
  if (ownWords.test(text) && access.kind !== "unsaid")
    return yes("named", "its description speaks of the caller's own");
  const [personal] = leaves;
  if (personal !== undefined) return yes("named", `it holds ${personal.name}`);
  if (publicKinds.test(kind)) return no("named", `a ${kind} is usually for all`);
  if (privateKinds.test(kind)) return yes("named", `a ${kind} is usually private`);
  const forbids = answers.some(({ status }) => status === "403") && access.roles.length === 0;
  if (forbids && list !== "shows")
    return yes("named", "the document answers 403 to some who sign in");
  return no("nothing", "nothing says that it is private");
}

function yes(from: Privacy["from"], because: string): Privacy {
  return { private: true, from, because };
}

function no(from: Privacy["from"], because: string): Privacy {
  return { private: false, from, because };
}

/** Marks of an object that an answer to somebody else holds. */
export function foreignMarks(
  text: string,
  object: OwnedObject,
  request: string,
): readonly string[] {
  return marksIn(text, object.marks).filter((mark) => !holds(request, mark));
}
