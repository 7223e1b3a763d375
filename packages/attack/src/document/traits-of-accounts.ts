/**
 * Operations about the caller's own account: signing in and out, registering, passwords, "who am I".
 *
 * @module
 */

import { isPasswordName, type Clues } from "./clues.ts";
import type { Trait } from "./operation.ts";
import { wordsOf } from "./words.ts";

/** The traits of this family; those that exclude each other come one at a time. */
export function accountTraits(clues: Clues): readonly Trait[] {
  if (isIdentity(clues)) return ["identity"];
  if (isSignOut(clues)) return ["sign-out"];
  if (!clues.writes || clues.method === "DELETE") return [];
  if (isReset(clues)) return ["reset-password"];
  if (isRefresh(clues)) return ["refresh"];
  if (isPasswordChange(clues)) return ["change-password"];
  if (isSignIn(clues)) return ["sign-in"];
  return isRegistration(clues) ? ["register"] : [];
}

const meWords =
  /^(me|myself|profile|my-profile|whoami|who-am-i|account|my-account|self|current|current-user|user|user-?info|user-details|identity)$/;

function isIdentity({
  method,
  last,
  hasPathParameter,
  idWords,
  segments,
  fields,
  pathWords,
}: Clues): boolean {
  if (method !== "GET" || hasPathParameter) return false;
  if (
    fields.some(({ name, place }) => place === "query" && /^(user_?)?(id|name|email)$/i.test(name))
  )
    return false;
  if (meWords.test(last)) return !segments.includes("admin");
  if (/^(dashboard|session|details|info)$/.test(last))
    return (
      ["me", "user", "account", "profile", "identity"].some((word) => pathWords.has(word)) &&
      !segments.includes("admin")
    );
  const id = idWords.join(" ");
  if (/\b(events?|orders?|list|items?|settings?|all|count)\b/.test(id)) return false;
  return /^(get |read |show |fetch )?(who am i|whoami|me|my profile|current user|my account|own profile|users? me)$/.test(
    id,
  );
}

function isOwnSession(last: string, pathWords: ReadonlySet<string>): boolean {
  return (
    /^(sessions?|current)$/.test(last) && (pathWords.has("session") || pathWords.has("sessions"))
  );
}

function isSignOut({
  method,
  last,
  pathWords,
  idWords,
  segments,
  endsInParameter,
}: Clues): boolean {
  if (/(^|-)(log-?out|sign-?out|log-?off)$/.test(last)) return true;
  if (method === "DELETE") return !endsInParameter && isOwnSession(last, pathWords);
  if (method === "POST" && last === "revoke")
    return segments.some((one) => /^(oauth2?|auth|tokens?)$/.test(one));
  return method === "POST" && /^(log ?out|sign ?out)( user)?$/.test(idWords.join(" "));
}

/** Path and operation id in words, one line to match against. */
function named({ segments, idWords }: Clues): string {
  return `${segments.map((segment) => wordsOf(segment).join(" ")).join(" / ")} | ${idWords.join(" ")}`;
}

function isReset(clues: Clues): boolean {
  const names = named(clues);
  const secret = /\b(passwords?|passwd|pwd|passcode|credentials?|accounts?)\b/;
  if (/\bforg[eo]t(ten)?\b/.test(names)) return true;
  if (
    /\b(reset|recover|recovery|restore)\b/.test(names) &&
    (secret.test(names) || hasPassword(clues))
  )
    return true;
  const code = clues.bodyNames.some((name) =>
    wordsOf(name).some((word) => /^(otp|code|token)$/.test(word)),
  );
  const whose = clues.bodyNames.some((name) => /^(e-?mail|user_?name|phone|number)$/i.test(name));
  return (
    /\b(otp|verify|confirm)\b/.test(names) &&
    code &&
    whose &&
    hasPassword(clues) &&
    !/\b(log ?in|sign ?in|sign ?up|register)\b/.test(names)
  );
}

function hasPassword({ bodyNames }: Clues): boolean {
  return bodyNames.some(isPasswordName);
}

function isRefresh(clues: Clues): boolean {
  if (clues.method === "PATCH" || clues.hasPathParameter || hasPassword(clues)) return false;
  const names = named(clues);
  if (!/\b(refresh|renew)\b/.test(names)) return false;
  const about = /\b(tokens?|auth|session|sessions|jwt|oauth2?|log ?in|access)\b/.test(names);
  const carries = clues.bodyNames.some((name) => /^refresh_?token$|^token$/i.test(name));
  return about || carries || (clues.segments.length === 1 && /^(refresh|renew)$/.test(clues.last));
}

function isPasswordChange(clues: Clues): boolean {
  const { bodyNames, last } = clues;
  const asksOld = bodyNames.some((name) =>
    /^(old|current|existing|previous)_?-?(password|passwd|pwd|pass)$/i.test(name),
  );
  if (asksOld) return true;
  const known = bodyNames.length === 0 || hasPassword(clues);
  if (/^(password|passwd|pwd|my-password|user-password)$/.test(last)) return known;
  return (
    known &&
    /\b(change|update|set|edit|modify) ?(my |your |user ?|the |account )?(password|passwd|pwd)\b/.test(
      named(clues).replaceAll(" / ", " "),
    )
  );
}

const signInWords = /\b(log ?in|sign ?in|log ?on|authenticate|authentication|authorize)\b/;

function isSignIn(clues: Clues): boolean {
  const { method, fields, last, bodyNames, endsInParameter } = clues;
  if (method !== "POST" || endsInParameter) return false;
  const names = named(clues);
  if (
    /\b(register|registration|sign ?up|verify|validate|check|introspect|revoke|logout)\b/.test(
      names,
    )
  )
    return false;
  const asked = fields.filter(({ depth }) => depth === 0).map(({ name }) => name);
  const secret = asked.some(
    (name) => isPasswordName(name) || /^(client_secret|secret|grant_type|otp)$/i.test(name),
  );
  if (bodyNames.length > 5 && !bodyNames.some((name) => /^grant_type$/i.test(name))) return false;
  const withoutBody = asked.length === 0;
  if (/^(log-?in|sign-?in|log-?on|authenticate)$|-(log-?in|sign-?in)$/.test(last))
    return (
      secret ||
      withoutBody ||
      asked.some((name) => /user|e-?mail|login|phone|identifier/i.test(name))
    );
  if (!secret) return false;
  if (signInWords.test(names) || /\b(tokens?|sessions?|auth)\b/.test(names)) return true;
  const whose = asked.some((name) =>
    /^(e-?mail|user_?name|login|user|identifier|account)$/i.test(name),
  );
  return (
    whose &&
    !clues.hasPathParameter &&
    /\b(log|sign)(s|ging|ing)?( (a|the))?( user)? ?in\b|\bauthenticat\w+\b/.test(clues.text) &&
    !/\b(regist|sign ?up|creat)/.test(clues.text)
  );
}

function isRegistration(clues: Clues): boolean {
  const { method, last, bodyNames, hasPathParameter, idWords } = clues;
  if ((method !== "POST" && method !== "PUT") || hasPathParameter) return false;
  const personal = bodyNames.some(
    (name) => isPasswordName(name) || /^(e-?mail|user_?name|login)$/i.test(name),
  );
  const says =
    /^(register|registration|registrations|sign-?up|enroll|join)$|-(sign-?up|register)$|^(sign-?up|register)-/.test(
      last,
    ) ||
    /^(register|sign ?up)( (a )?(new )?(user|account|member|customer))?$/.test(idWords.join(" "));
  if (says)
    return (
      personal ||
      (bodyNames.length === 0 &&
        !/\b(devices?|webhooks?|hooks?|clients?|apps?|domains?|events?)\b/.test(named(clues)))
    );
  return (
    method === "POST" &&
    /^(users?|accounts?|customers?|members?|people|persons?)(-(create|add|new))?$|^(create|add|new)-?(user|account|customer|member)?$/.test(
      last,
    ) &&
    hasPassword(clues)
  );
}
