/**
 * The access rules of `x-sekisho`, such as `any-of(role(support), owner(order, order_id))`.
 *
 * Promise: what comes out never promises more protection than the rule: a role or an owner counts
 * only when no alternative of the rule does without it.
 *
 * @module
 */

/** What a rule asks of the caller. */
export interface Rule {
  readonly kind: "anonymous" | "optional" | "credential" | "webhook";
  readonly roles: readonly string[];
  readonly ownerParameter: string | undefined;
  readonly selfParameter: string | undefined;
  readonly stepUpSeconds: number | undefined;
}

interface Term {
  readonly name: string;
  readonly parts: readonly Term[];
}

const nothing: Rule = {
  kind: "credential",
  roles: [],
  ownerParameter: undefined,
  selfParameter: undefined,
  stepUpSeconds: undefined,
};

/** Reads a rule; `undefined` when the words are no rule. */
export function readRule(words: string): Rule | undefined {
  const term = parse(words.trim());
  return term === undefined ? undefined : ruleOf(term);
}

function parse(words: string): Term | undefined {
  const found = /^([^(),]*)(?:\((.*)\))?$/s.exec(words);
  if (found === null) return undefined;
  const name = (found[1] ?? "").trim();
  if (name === "") return undefined;
  const parts =
    found[2] === undefined ? [] : splitOutside(found[2]).map((part) => parse(part.trim()));
  return parts.includes(undefined)
    ? undefined
    : { name, parts: parts.filter((part) => part !== undefined) };
}

/** Splits at the commas that are in no parentheses. */
function splitOutside(words: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let index = 0; index < words.length; index += 1) {
    const sign = words.charAt(index);
    if (sign === "(") depth += 1;
    if (sign === ")") depth -= 1;
    if (sign !== "," || depth !== 0) continue;
    parts.push(words.slice(from, index));
    from = index + 1;
  }
  return [...parts, words.slice(from)];
}

function ruleOf({ name, parts }: Term): Rule | undefined {
  const word = name.toLowerCase().replaceAll(/[^a-z]/g, "");
  const first = parts[0];
  switch (word) {
    case "anonymous":
    case "public":
    case "anyone":
      return { ...nothing, kind: "anonymous" };
    case "optional":
      return { ...nothing, kind: "optional" };
    case "authenticated":
      return nothing;
    case "role":
    case "roles":
      return { ...nothing, roles: parts.map((part) => part.name) };
    case "owner":
      return { ...nothing, ownerParameter: parts[1]?.name ?? first?.name };
    case "self":
      return { ...nothing, selfParameter: first?.name };
    case "webhook":
      return { ...nothing, kind: "webhook" };
    case "stepup":
      return stepUpRule(parts);
    case "anyof":
      return parts.map(ruleOf).reduce((one, other) => one && other && either(one, other));
    case "allof":
      return parts.map(ruleOf).reduce((one, other) => one && other && both(one, other));
    case "shadow":
      return enforcedRule(parts);
    default:
      return undefined;
  }
}

function stepUpRule([inner, age]: readonly Term[]): Rule | undefined {
  const rule = inner === undefined ? undefined : ruleOf(inner);
  const seconds = Number.parseInt(age?.name ?? "", 10);
  return rule && { ...rule, stepUpSeconds: Number.isNaN(seconds) ? undefined : seconds };
}

/** Of a rule that is only tried out, the one that counts. */
function enforcedRule(parts: readonly Term[]): Rule | undefined {
  const last = parts.at(-1);
  return last && ruleOf({ ...last, name: last.name.replace(/^enforced\s+/, "") });
}

function either(one: Rule, other: Rule): Rule {
  const kinds = new Set([one.kind, other.kind]);
  const open = kinds.has("anonymous") || kinds.has("optional");
  const kind =
    kinds.size === 1
      ? one.kind
      : open
        ? "optional"
        : kinds.has("credential")
          ? "credential"
          : one.kind;
  const guarded = isBound(one) && isBound(other);
  return {
    kind,
    roles:
      one.roles.length > 0 && other.roles.length > 0
        ? [...new Set([...one.roles, ...other.roles])]
        : [],
    ownerParameter: guarded ? (one.ownerParameter ?? other.ownerParameter) : undefined,
    selfParameter: guarded ? (one.selfParameter ?? other.selfParameter) : undefined,
    stepUpSeconds:
      one.stepUpSeconds === undefined || other.stepUpSeconds === undefined
        ? undefined
        : Math.max(one.stepUpSeconds, other.stepUpSeconds),
  };
}

/** Whether a rule asks for more than a credential. */
function isBound(rule: Rule): boolean {
  return (
    rule.roles.length > 0 || rule.ownerParameter !== undefined || rule.selfParameter !== undefined
  );
}

function both(one: Rule, other: Rule): Rule {
  const order = ["anonymous", "optional", "credential", "webhook"] as const;
  const kind = order[Math.max(order.indexOf(one.kind), order.indexOf(other.kind))] ?? "credential";
  return {
    kind,
    roles: [...new Set([...one.roles, ...other.roles])],
    ownerParameter: one.ownerParameter ?? other.ownerParameter,
    selfParameter: one.selfParameter ?? other.selfParameter,
    stepUpSeconds: one.stepUpSeconds ?? other.stepUpSeconds,
  };
}
