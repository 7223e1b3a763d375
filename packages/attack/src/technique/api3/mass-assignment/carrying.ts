/**
 * Ways to carry properties in a request that does not expect them.
 *
 * @module
 */

import { isNode, type Node } from "../../../document/node.ts";
import type { Call, HeaderLine } from "../../../wire/exchange.ts";
import { sentJson } from "../../../world/item-id.ts";
import { plainText } from "../property-words.ts";
import type { Alter } from "./writing.ts";

/** Properties by name. */
export type Properties = Readonly<Record<string, unknown>>;

/** Nothing is changed: the control. */
export const unchanged: Alter = (call) => call;

/** The JSON object that a call sends; empty when it sends none. */
export function bodyOf(call: Call): Node {
  const json = sentJson(call);
  return isNode(json) ? json : {};
}

/** The call with another body and media type. */
export function withBody(call: Call, body: string, mediaType: string): Call {
  const others = call.headers.filter(([name]) => name.toLowerCase() !== "content-type");
  const line: HeaderLine = ["content-type", mediaType];
  return { ...call, headers: [...others, line], body };
}

function mediaTypeOf({ headers }: Call): string {
  return headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "application/json";
}

/** Whether the body is a form. */
function isForm(call: Call): boolean {
  return mediaTypeOf(call).startsWith("application/x-www-form-urlencoded");
}

/** Beside what is expected, in the same body. */
export function beside(properties: Properties): Alter {
  return (call) => {
    if (isForm(call) && typeof call.body === "string") {
      const form = new URLSearchParams(call.body);
      for (const [name, value] of Object.entries(properties)) form.set(name, plainText(value));
      return { ...call, body: form.toString() };
    }
    const mediaType = mediaTypeOf(call).includes("json") ? mediaTypeOf(call) : "application/json";
    return withBody(call, JSON.stringify({ ...bodyOf(call), ...properties }), mediaType);
  };
}

/** In the query, as a binder that mixes query and body would take them. */
export function inQuery(properties: Properties): Alter {
  return (call) => {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(properties)) query.append(name, plainText(value));
    return {
      ...call,
      path: `${call.path}${call.path.includes("?") ? "&" : "?"}${query.toString()}`,
    };
  };
}

/** As a form, with everything that the JSON body has. */
export function asForm(properties: Properties): Alter {
  return (call) => {
    const form = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...bodyOf(call), ...properties }))
      form.set(name, plainText(value));
    return withBody(call, form.toString(), "application/x-www-form-urlencoded");
  };
}

/** As multipart form data. */
export function asMultipart(properties: Properties): Alter {
  return (call) => {
    const boundary = "sekisho-part-7f3a91";
    const parts = Object.entries({ ...bodyOf(call), ...properties }).map(
      ([name, value]) =>
        `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${plainText(value)}\r\n`,
    );
    const body = `${parts.join("")}--${boundary}--\r\n`;
    return withBody(call, body, `multipart/form-data; boundary=${boundary}`);
  };
}

/** As XML with one root. */
export function asXml(properties: Properties): Alter {
  return (call) => {
    const fields = Object.entries({ ...bodyOf(call), ...properties }).map(
      ([name, value]) => `<${name}>${escaped(plainText(value))}</${name}>`,
    );
    return withBody(call, `<root>${fields.join("")}</root>`, "application/xml");
  };
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Twice under one name: first harmless, then meant, or the other way round. */
export function twice(
  properties: Properties,
  harmless: Properties,
  order: "last" | "first",
): Alter {
  return (call) => {
    const members = (values: Properties): string =>
      Object.entries(values)
        .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
        .join(",");
    const own = members(bodyOf(call));
    const [one, other] = order === "last" ? [harmless, properties] : [properties, harmless];
    const all = [own, members(one), members(other)].filter((part) => part !== "");
    return withBody(call, `{${all.join(",")}}`, mediaTypeOf(call));
  };
}

/** Below a name, such as `{"user": {…}}`. */
export function below(name: string, properties: Properties): Alter {
  return (call) => {
    const own = bodyOf(call)[name];
    return beside({ [name]: { ...(isNode(own) ? own : {}), ...properties } })(call);
  };
}

/** Everything, the expected too, below a path of names. */
export function wrapped(names: readonly string[], properties: Properties): Alter {
  return (call) => {
    const whole: Node = { ...bodyOf(call), ...properties };
    const body = names.toReversed().reduce<Node>((inner, name) => ({ [name]: inner }), whole);
    return beside(body)(call);
  };
}

/** As a whole body of another media type, without what was expected. */
export function instead(body: unknown, mediaType: string): Alter {
  return (call) => withBody(call, JSON.stringify(body), mediaType);
}
