/**
 * Operations for administrators, as path, tags and words show.
 *
 * @module
 */

import type { Clues } from "./clues.ts";
import { listOf, nodeOf, textOf } from "./node.ts";
import type { Schema, Trait } from "./operation.ts";
import { singular, wordsOf } from "./words.ts";

/** Whether an operation is for administrators. */
export function isAdministrative(clues: Clues, traits: ReadonlySet<Trait>): boolean {
  // Who signs in is nobody yet.
  if (["sign-in", "sign-out", "refresh", "reset-password"].some((one) => traits.has(one as Trait)))
    return false;
  return (
    namesIt(clues) ||
    clues.tags.some(isAdministrativeTag) ||
    saysSo(clues.text) ||
    changesPowers(clues)
  );
}

const wholeSegments =
  /^(admins?|administration|administrators?|internal|_internal|manage|management|mgmt|backoffice|back-office|superusers?|superadmins?|root|staff|sudo|sysadmin|operators?-only)$/;

function namesIt({ segments, idWords, method }: Clues): boolean {
  // `/administrators/contact` is how others reach them.
  if (/^(contact|ask)$/.test(segments.at(-1) ?? "")) return false;
  if (segments.some((segment) => wholeSegments.test(segment))) return true;
  const words = segments.flatMap((segment) => wordsOf(segment));
  if (words.some((word) => /^(backoffice|superusers?|superadmins?|sysadmin)$/.test(word)))
    return true;
  if (segments.some((one) => /(^|[-_.])admin([-_.]|$)/.test(one) && !speaksTo(wordsOf(one))))
    return true;
  const index = idWords.findIndex((word) =>
    /^(admin|administrator|superuser|superadmin|backoffice)$/.test(word),
  );
  if (index === -1 || speaksTo(idWords)) return false;
  // `getAdmin` may read a person; `adminGetUsers`, `createUserAsAdmin` are for one.
  return index === 0 || method !== "GET" || /^(as|by|for)$/.test(idWords[index - 1] ?? "");
}

function speaksTo(words: readonly string[]): boolean {
  return words.some((word) =>
    /^(contact|notify|message|ask|mail|email|tell|call|alert|report)$/.test(word),
  );
}

function isAdministrativeTag(tag: string): boolean {
  const words = wordsOf(tag);
  return (
    !speaksTo(words) &&
    words.some((word) =>
      /^(admins?|administration|administrators?|administrative|backoffice|superusers?|internal|staff|management)$/.test(
        word,
      ),
    ) &&
    (words.length <= 2 || words[0]?.startsWith("admin") === true)
  );
}

const office =
  "(?:super ?|system |site |platform )?(?:admin(?:istrator)?|superuser|superadmin|root|moderator|manager|supervisor|staff|employee|operator|chef|teacher|editor|auditor|maintainer|back ?office|internal)s?(?: users?| members?| accounts?| staff)?";

const statements: readonly RegExp[] = [
  // "admin only", "admins-only", "staff members only"
  new RegExp(`\\b${office}[ -]only\\b`),
  new RegExp(
    `\\b(?<!not )(?:only|just|exclusively)(?: for| by| to| available to| accessible (?:to|by))?(?: an?| the)? ${office}\\b(?!(?: can| may)? (?:sees?|views?) (?:all|other|every|more))`,
  ),
  new RegExp(
    `\\b(?:restricted|limited|reserved|available only|accessible only|allowed only)(?: only)? (?:to|for)(?: the| an?)? ${office}\\b`,
  ),
  new RegExp(
    `\\b(?:requires?|needs?|required|must have|must be|with|has)\\b[^.]{0,20}\\b${office}(?: \\w+)? (?:roles?|rights|privileges?|permissions?|access|scope|token)\\b`,
  ),
  new RegExp(`\\b(?:requires?|needs?|must be)(?: an?| the| to be an?)? ${office}\\b`),
  new RegExp(
    `\\b${office} (?:role|rights|privileges?|permissions?|access|scope) (?:is |are )?(?:required|needed|necessary)\\b`,
  ),
  /\badmin(istrator|istrative)? (endpoint|function|operation|panel|api|interface|dashboard|view|route|action)\b/,
  /^\W*\[?\(?admin(istrator|istration)?\b\]?\)?\s*[:\-–\]]/,
  /\((requires? )?admin(istrator|s)?\)|\[admin(istrator|s)?\]/,
  /\b(for )?internal (use )?only\b|\bnot for public use\b/,
  /\brequires? (elevated|privileged|higher) (rights|privileges?|permissions?|role|access)\b/,
  /\bas (an )?admin(istrator)?\b/,
];

const dismissed =
  /\b(contact|ask|notify|e-?mail|message|reach|write to|call|tell) (the |your |an |our |site )*(system )?(admin|administrator)s?\b/g;

function saysSo(text: string): boolean {
  const plain = text.replaceAll(/\s+/g, " ").replaceAll(dismissed, " ");
  return statements.some((statement) => statement.test(plain));
}

const people = /^(user|account|member|customer|people|person|employee|profile)$/;
const powers =
  /^(roles?|permissions?|privileges?|grants?|ban|unban|block|unblock|suspend|unsuspend|promote|demote|impersonate|activate|deactivate|disable|enable|make-admin|set-role|change-role|is-admin|unlock)$/;

const powerName = /^(new_?)?(roles?|permissions?|is_?admin|is_?staff|is_?superuser|privileges?)$/i;
const personName =
  /^(user_?|member_?|account_?|target_?)?(id|name|e-?mail)$|^(user|member|login)$/i;

/** Changes of what other people may do. */
function changesPowers(clues: Clues): boolean {
  const { writes, segments, last, path, body, bodyNames, pathWords } = clues;
  if (!writes) return false;
  const named = bodyNames.some((name) => personName.test(name));
  if (!clues.hasPathParameter) {
    // `PUT /users/role` says in its body whose role it is.
    const spoken = last.split("-").some((word) => /^(roles?|permissions?|privileges?)$/.test(word));
    return spoken && named && bodyNames.some((name) => powerName.test(name));
  }
  const aboutPeople = [...pathWords].some((word) => people.test(singular(word)));
  if (!aboutPeople || pathWords.has("me")) return false;
  if (powers.test(last) && /\{[^{}]+\}\/[^/{}]+\/?$/.test(path)) return true;
  const below = /^(roles?|permissions?|groups?)$/.test(segments.at(-1) ?? "");
  if (clues.endsInParameter && below && segments.length >= 2) return true;
  const onlyPowers = bodyNames.length > 0 && bodyNames.every((name) => powerName.test(name));
  return onlyPowers || (last === "status" && suspends(body?.schema));
}

/** Whether the states that a body may set are those of an account that is shut out. */
function suspends(schema: Schema | undefined): boolean {
  const states = Object.values(nodeOf(schema?.["properties"])).flatMap((property) =>
    listOf(nodeOf(property)["enum"]).map(textOf),
  );
  return states.some((state) => /^(suspended|banned|blocked|disabled|locked)$/i.test(state));
}
