/**
 * Who may call an operation, as far as the document says so as data: `x-sekisho`, then the `x-`
 * fields for owners and roles, then `security`, then a declared 401 or a credential parameter.
 *
 * Limits: words such as "admins only" in a description are no declaration; they are a trait.
 *
 * @module
 */

import { readRule } from "./access-words.ts";
import { isNode, listOf, nodeOf, textOf, textsOf, type Node } from "./node.ts";
import type { AnswerShape, CredentialScheme, DeclaredAccess, Parameter } from "./operation.ts";
import { secondsOf } from "./quota.ts";
import { wordsOf } from "./words.ts";

/** What the access of one operation is read from. */
export interface AccessSource {
  readonly document: Node;
  readonly pathItem: Node;
  readonly operation: Node;
  readonly parameters: readonly Parameter[];
  readonly answers: readonly AnswerShape[];
  readonly schemes: readonly CredentialScheme[];
  /** Whether a 401 may also mean a wrong password or signature in the body. */
  readonly proves: boolean;
}

const unsaid: DeclaredAccess = {
  kind: "unsaid",
  roles: [],
  ownerParameter: undefined,
  selfParameter: undefined,
  shared: false,
  stepUpSeconds: undefined,
  words: "nothing declared",
};

/** Reads who may call an operation. */
export function readAccess(source: AccessSource): DeclaredAccess {
  return (
    sekishoAccess(source) ?? fieldAccess(source) ?? securityAccess(source) ?? hintedAccess(source)
  );
}

function sekishoAccess({ operation, pathItem }: AccessSource): DeclaredAccess | undefined {
  const own = operation["x-sekisho"];
  if (!isNode(own)) return undefined;
  const words = textOf(own["access"]);
  const roles = textsOf(own["roles"]);
  const rule = readRule(words);
  const shared = isShared(operation, pathItem);
  if (rule !== undefined) return { ...rule, shared, words };
  if (words === "" && roles.length === 0) return undefined;
  return {
    ...unsaid,
    kind: "credential",
    roles,
    shared,
    words: words || `roles: ${roles.join(", ")}`,
  };
}

function isShared(operation: Node, pathItem: Node): boolean {
  const visibility = operation["x-visibility"] ?? pathItem["x-visibility"];
  return /^(public|shared|everyone)$/i.test(textOf(nodeOf(visibility)["level"] ?? visibility));
}

const openWords = /^(public|anonymous|anyone|everyone|all|none|guest|\*)$/i;

/** The fields that any document may carry. */
function fieldAccess(source: AccessSource): DeclaredAccess | undefined {
  const { operation, pathItem } = source;
  const field = (name: string): unknown => operation[name] ?? pathItem[name];
  const roles = [
    ...rolesIn(field("x-roles")),
    ...rolesIn(field("x-required-roles") ?? field("x-role")),
    ...rolesIn(field("x-permissions")),
  ];
  const owner = ownerIn(field("x-owner"), source.parameters);
  const shared = isShared(operation, pathItem);
  const fresh = freshSeconds(field("x-step-up"));
  const closed = { ...unsaid, ...owner, shared, stepUpSeconds: fresh };
  if (field("x-webhook") !== undefined && field("x-webhook") !== false)
    return { ...closed, kind: "webhook", words: "x-webhook" };
  if (isOpen(field) || (roles.length > 0 && roles.every((role) => openWords.test(role))))
    return { ...unsaid, kind: "anonymous", shared, words: "declared public" };
  const bound = owner.ownerParameter !== undefined || owner.selfParameter !== undefined;
  if (roles.length > 0)
    return { ...closed, kind: "credential", roles, words: `x-roles: ${roles.join(", ")}` };
  if (bound)
    return { ...closed, kind: "credential", words: `x-owner: ${textOf(field("x-owner"))}` };
  if (!shared && fresh === undefined) return undefined;
  const rest = securityAccess(source) ?? hintedAccess(source);
  return { ...rest, shared, stepUpSeconds: fresh };
}

function isOpen(field: (name: string) => unknown): boolean {
  const amazon = nodeOf(field("x-amazon-apigateway-auth"))["type"] ?? field("x-auth-type");
  return (
    field("x-public") === true || field("x-anonymous") === true || /^none$/i.test(textOf(amazon))
  );
}

function rolesIn(declared: unknown): readonly string[] {
  if (!isNode(declared)) return textsOf(declared);
  return textsOf(declared["roles"] ?? declared["anyOf"] ?? declared["allOf"] ?? declared["any"]);
}

function freshSeconds(declared: unknown): number | undefined {
  if (declared === undefined || declared === false) return undefined;
  const node = nodeOf(declared);
  const age = isNode(declared) ? (node["maxAge"] ?? node["max_age"] ?? node["seconds"]) : declared;
  return secondsOf(age) ?? 600;
}

function ownerIn(
  declared: unknown,
  parameters: readonly Parameter[],
): Pick<DeclaredAccess, "ownerParameter" | "selfParameter"> {
  const none = { ownerParameter: undefined, selfParameter: undefined };
  const written = textOf(isNode(declared) ? (declared["parameter"] ?? declared["path"]) : declared);
  if (written === "" || written === "false") return none;
  const inPath = parameters.filter((one) => one.place === "path").map((one) => one.name);
  const bare = written.replace(/^[/{]|\}$/g, "");
  if (inPath.includes(bare)) return { ...none, ownerParameter: bare };
  // A pointer into the answer: the object of the path is what is owned.
  return { ...none, ownerParameter: inPath.at(-1) };
}

/** `security` of the operation, else of the document. */
function securityAccess({
  document,
  operation,
  schemes,
}: AccessSource): DeclaredAccess | undefined {
  const own = operation["security"];
  const global = listOf(document["security"]);
  if (own === undefined && global.length === 0) return undefined;
  const alternatives = (own === undefined ? global : listOf(own)).map(nodeOf);
  if (alternatives.length === 0) return { ...unsaid, kind: "anonymous", words: "security: none" };
  const asking = alternatives.filter((one) => Object.keys(one).length > 0);
  if (asking.length === 0) return { ...unsaid, kind: "anonymous", words: "security: none" };
  const words = `security: ${asking.map((one) => Object.keys(one).join(" + ")).join(" or ")}`;
  if (asking.length < alternatives.length)
    return { ...unsaid, kind: "optional", words: `${words}, or none` };
  const roles = asking.map((one) => rolesInScopes(one, schemes));
  const named = roles.every((list) => list.length > 0) ? [...new Set(roles.flat())] : [];
  return { ...unsaid, kind: "credential", roles: named, words };
}

const roleWords =
  /^(super)?(admin|administrator|root|user|customer|client|member|manager|staff|employee|moderator|editor|author|operator|owner|support|agent|auditor|analyst|developer|seller|vendor|merchant|buyer|driver|doctor|nurse|patient|teacher|student|chef|waiter|mechanic|dealer|supervisor)s?$/;

/** Scopes that are named like roles. Outside OAuth every plain word in this place is one. */
function rolesInScopes(asking: Node, schemes: readonly CredentialScheme[]): readonly string[] {
  return Object.entries(asking).flatMap(([id, scopes]) => {
    const oauth = schemes.find((scheme) => scheme.id === id)?.kind === "oauth";
    return textsOf(scopes).flatMap((scope) => {
      const marked = /^roles?[:/._-](.+)$/i.exec(scope)?.[1];
      if (marked !== undefined) return [marked];
      const likeRole = roleWords.test(wordsOf(scope).join(""));
      const word =
        /^[A-Za-z][\w-]*$/.test(scope) && !/^(read|write|openid|profile|email)$/i.test(scope);
      return likeRole || (!oauth && word) ? [scope] : [];
    });
  });
}

/** What is left: a declared refusal, or a credential among the parameters. */
function hintedAccess({ parameters, answers, schemes, proves }: AccessSource): DeclaredAccess {
  const names = new Set(
    schemes.flatMap(({ kind, name }) =>
      name !== undefined && (kind === "header" || kind === "cookie" || kind === "query")
        ? [name.toLowerCase()]
        : [],
    ),
  );
  const carrier = parameters.find(
    ({ name, place }) =>
      place !== "path" && (isCredentialName(name, place) || names.has(name.toLowerCase())),
  );
  if (carrier !== undefined)
    return { ...unsaid, kind: "credential", words: `parameter ${carrier.name}` };
  if (!proves && answers.some(({ status }) => status === "401"))
    return { ...unsaid, kind: "credential", words: "answers 401" };
  return unsaid;
}

/** Whether a header or cookie of this name carries the caller's credential. */
export function isCredentialName(name: string, place: Parameter["place"]): boolean {
  const words = wordsOf(name).join("-");
  if (place === "header")
    return /^(authorization|cookie|(x-)?(api-?key|auth|auth-token|access-token|token|session|session-id|session-token))$/.test(
      words,
    );
  if (place === "cookie") return /token|session|sid|jwt|auth/.test(words);
  return place === "query" && /^(api-?key|access-token|auth-token)$/.test(words);
}
