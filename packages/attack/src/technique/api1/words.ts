/**
 * Words of a document about who may do what to what.
 *
 * @module
 */

import type { Operation } from "../../document/operation.ts";
import { wordsOf } from "../../oracle/sensitive.ts";

const own =
  /\b(my|mine|your|yours|yourself|own|owned|owner'?s?|caller'?s?|current user'?s?|logged[- ]in user'?s?|authenticated user'?s?|private|personal|only (the )?(owner|author|creator|user|customer|member) (can|may|edits?|deletes?|changes?))\b/;

const open =
  /\b(any(body|one)?|every(body|one)?|all|each) ?(signed[- ]in |authenticated |registered |other )?(users?|members?|customers?|authors?|employees?|colleagues?|of the team)?( of the \w+)? (may|can|could|is allowed|are allowed)\b|\bshared?\b|\bcollaborat\w+|\bwiki\b|\bcommunity\b|\bpublic(ly)?\b|\b(for|by) (everybody|everyone|anyone|anybody|all)\b|\bfor the members of\b/;

const social =
  /^(likes?|unlike|votes?|upvote|downvote|stars?|unstar|follow|unfollow|followers?|comments?|reply|replies|react(ions?)?|reviews?|ratings?|rate|reports?|flag|favou?rites?|bookmarks?|share|views?|visits?|subscribe|unsubscribe|subscriptions?|join|leave|apply|applications?|rsvp|attend|register|enrol?l|bids?|offers?|buy|purchase|order|book|borrow|rent|reserve|answers?|messages?|contact|play|download|checkout|check-?out|donate|endorse|mentions?|watch|unwatch|ping|invites?|guess|submissions?|submit)$/;

/** Whether the words of an operation speak of the caller's own things. */
export function speaksOfOwn({ text, path }: Operation): boolean {
  return own.test(text) || /\/(me|my|mine|self|own)(\/|$)/i.test(path);
}

/** Whether the words of an operation let everybody do it. */
export function speaksOfAll({ text }: Operation): boolean {
  return open.test(text);
}

/** Whether an operation is something that people do to what others have: likes, comments, orders. */
export function isSocial({ path, operationId = "" }: Operation): boolean {
  const last =
    path.split("/").findLast((segment) => segment !== "" && !segment.startsWith("{")) ?? "";
  const [verb = ""] = wordsOf(operationId).split(" ");
  return (
    social.test(last.toLowerCase()) ||
    /^(like|vote|follow|comment|reply|rate|share|join)$/.test(verb)
  );
}
