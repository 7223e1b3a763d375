/**
 * What calling an operation brings about: money moves, data is gone, a URL is fetched.
 *
 * @module
 */

import { holdsText, type Clues, type Field } from "./clues.ts";
import { textOf } from "./node.ts";
import type { Trait } from "./operation.ts";
import { isPlural, singular, wordsOf } from "./words.ts";

const moneyNouns =
  /^(transfer|payment|pay|order|checkout|cart|basket|invoice|wallet|deposit|withdraw|withdrawal|purchase|buy|refund|coupon|voucher|discount|credit|payout|billing|bid|tip|donation|donate|subscription|redeem|charge|balance|giftcard|return|topup)$/;

const moneyProperties =
  /^(amount|price|total|subtotal|balance|quantity|qty|cost|fee|discount|coupon|couponcode|voucher|currency|salary|credit|tip|bid|totalprice|unitprice|cardnumber)$/;

/** Whether money, stock or claims on them move. */
export function isMoney({ writes, pathWords, fields, last }: Clues): boolean {
  if (!writes || /^(search|filter)$/.test(last)) return false;
  if ([...pathWords].some((word) => moneyNouns.test(singular(word)))) return true;
  return fields.some(
    ({ place, words }) =>
      place === "body" &&
      (moneyProperties.test(words.join("")) ||
        /^(amount|price|quantity|balance|coupon)$/.test(words.at(-1) ?? "")),
  );
}

const wrecks =
  /^(create-?db|init-?db|drop-?db|reset-?db|seed-?db|seed|wipe|truncate|shutdown|shut-down|reboot|factory-reset|(delete|destroy|remove|drop|wipe|purge|clear|reset|flush|truncate)-(all|everything|database|db|data|tables?|cache|system)|(database|db|data|all|system)-(reset|drop|wipe|seed|init|initialize|clear|purge|flush)|re-?init(ialize)?|reset-?data|populate(-db)?)$/;
const wrecksAtTheTop =
  /^(reset|drop|flush|purge|restart|init|initialize|initialise|clear|install|setup|kill|stop|rebuild)$/;
const frames =
  /^(api|v\d+|admin|internal|system|debug|dev|test|tests|testing|db|database|server|app|management|actuator|maintenance|data|_debug|tools)$/;

/** Whether a call would take away more than one object that the caller names. */
export function isDestructive(clues: Clues, traits: ReadonlySet<Trait>): boolean {
  if (clues.extensions["x-destructive"] !== undefined)
    return clues.extensions["x-destructive"] !== false;
  const about = ["sign-in", "sign-out", "refresh", "reset-password", "change-password", "webhook"];
  if (about.some((trait) => traits.has(trait as Trait)) || clues.hasPathParameter) return false;
  if (clues.method === "DELETE") return emptiesCollection(clues);
  if (clues.method !== "GET" && clues.method !== "POST") return false;
  if (wrecks.test(clues.last)) return true;
  const framed = clues.segments.slice(0, -1).every((segment) => frames.test(segment));
  if (wrecksAtTheTop.test(clues.last) && framed) return true;
  const id = clues.idWords.join("-");
  if (
    /^(create|init|drop|reset|seed|wipe|truncate|flush)-?(the-)?(db|database)$|^(delete|remove|drop|wipe|purge)-(all|everything)/.test(
      id,
    )
  )
    return true;
  return (
    /\b(drop|wip|reset|recreat|populat|re-?initiali[sz]|seed|truncat|flush|eras)\w*\b(?! (your|the|a|my|user|account)? ?(password|token|email|pin))[^.]{0,30}\b(database|db|all data|all tables|everything)\b/.test(
      clues.text,
    ) &&
    /drop|wip|reset|recreat|creat|populat|init|seed|truncat|flush|eras|clear/.test(
      `${clues.last} ${id}`,
    )
  );
}

function emptiesCollection({ last, segments }: Clues): boolean {
  if (segments.some((one) => /^(me|self|my|current|session|profile|account)$/.test(one)))
    return false;
  if (/^(all|everything)$/.test(last)) return true;
  return (
    isPlural(wordsOf(last).at(-1) ?? "") &&
    !/^(sessions?|settings|preferences|favou?rites|credentials)$/.test(last)
  );
}

const urlWord =
  /^(url|uri|urls|link|href|callback|webhook|website|site|homepage|endpoint|host|hostname|domain|feed|rss|proxy|origin|mirror|upstream|remote)$/;
const pictureWord = /^(image|img|avatar|photo|picture|logo|icon|thumbnail|banner)$/;
const otherWord =
  /^(source|src|target|api|import|fetch|location|destination|dest|server|resource|template|document)$/;

/** Whether a field of a request may hold a URL that the server fetches. */
export function fetchesUrl(clues: Clues): boolean {
  if (clues.method === "DELETE") return false;
  return clues.fields.some((field) => mayHoldUrl(field, clues));
}

/** Whether a field may hold a URL, by its format, its name or its words. */
export function mayHoldUrl(field: Field, clues: Pick<Clues, "method">): boolean {
  const { schema, words, name, place, depth } = field;
  const format = textOf(schema["format"]).toLowerCase();
  if (/^(uri|url|uri-reference|iri|hostname)$/.test(format)) return true;
  if (!holdsText(field) || format !== "" || tooNarrow(schema)) return false;
  // Filters of a list are compared, not fetched.
  const last = words.at(-1) ?? "";
  if (/(url|uri)$/.test(name.toLowerCase())) return true;
  if (urlWord.test(last)) return place === "body" || !/^(domain|site|origin|host)$/.test(last);
  if (pictureWord.test(last)) return place === "body" && clues.method !== "GET";
  if (!otherWord.test(last)) return false;
  const described = /\b(url|uri|link|https?|endpoint|address of)\b/.test(
    textOf(schema["description"]).toLowerCase(),
  );
  return (
    described ||
    (depth === 0 && last === "api") ||
    (depth === 0 && place === "body" && words.length === 1 && /^(source|src|target)$/.test(last))
  );
}

function tooNarrow(schema: Field["schema"]): boolean {
  const longest = schema["maxLength"];
  const pattern = textOf(schema["pattern"]);
  return (
    (typeof longest === "number" && longest < 15) ||
    (pattern !== "" && !/http|\.[*+]|\\S|:/.test(pattern))
  );
}

/** Whether others call this operation when something happened on their side. */
export function isWebhook({ method, segments, extensions, fields, path }: Clues): boolean {
  const sekisho = textOf((extensions["x-sekisho"] as { access?: unknown } | undefined)?.access);
  if (sekisho.startsWith("webhook(")) return true;
  if (extensions["x-webhook"] !== undefined && extensions["x-webhook"] !== false) return true;
  if (method !== "POST") return false;
  const index = segments.findIndex(
    (one) =>
      /^(web-?hooks?|hooks?|callbacks?|notify|ipn|postback)$/.test(one) ||
      /(^|[-_])webhooks?$/.test(one),
  );
  if (index === -1) return false;
  // A place where callers leave their own URL is a subscription.
  if (fields.some(({ name, place }) => place === "body" && /url|uri|callback|endpoint/i.test(name)))
    return false;
  const below = segments.slice(index + 1);
  return (
    below.every(
      (one) =>
        !/^(test|ping|replay|rotate|enable|disable|deliveries|subscribe|subscriptions?|register)$/.test(
          one,
        ),
    ) &&
    !/\{[^{}]+\}\/[^/]+\/?$/.test(path.slice(path.toLowerCase().indexOf(segments[index] ?? "")))
  );
}
