// Trying an endpoint out: reading calls only, to this service only, with a token that is kept nowhere.

import { element } from "./elements.js";

const longest = 100_000;

/**
 * @param {Response} response
 * @returns {Promise<string>}
 */
async function bodyOf(response) {
  const text = await response.text();
  const isJson = /[/+]json\b/.test(response.headers.get("content-type") ?? "");
  const shown = isJson ? JSON.stringify(JSON.parse(text), null, 2) : text;
  return shown.length > longest ? `${shown.slice(0, longest)}\n… cut here` : shown;
}

/**
 * The address of a call; what was left empty is left out of the query.
 * @param {string} path
 * @param {readonly { readonly parameter: import("./describe.js").Parameter,
 *   readonly value: string }[]} given
 * @param {string} origin
 * @returns {URL}
 */
export function addressOf(path, given, origin) {
  let filled = path;
  const query = new URLSearchParams();
  for (const { parameter, value } of given) {
    if (parameter.in === "path")
      filled = filled.replace(`{${parameter.name}}`, encodeURIComponent(value));
    if (parameter.in === "query" && value !== "") query.set(parameter.name, value);
  }
  const url = new URL(filled, origin);
  url.search = query.toString();
  if (url.origin !== origin) throw new Error("The address leaves this service.");
  return url;
}

/**
 * @param {string} path
 * @param {Parameters<typeof addressOf>[1]} given
 * @param {string} token empty for none
 * @returns {Promise<string>}
 */
async function attempt(path, given, token) {
  const url = addressOf(path, given, location.origin);
  const response = await fetch(url, {
    headers: token === "" ? {} : { authorization: `Bearer ${token}` },
    credentials: "omit",
    redirect: "error",
    cache: "no-store",
    signal: AbortSignal.timeout(20_000),
  });
  const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  return `${response.status}\n${headers}\n\n${await bodyOf(response)}`;
}

/**
 * A form that makes one call and shows its answer.
 * @param {import("./describe.js").Entry} entry
 * @param {() => string} currentToken
 * @returns {HTMLFormElement}
 */
export function trialForm({ path, operation }, currentToken) {
  const wantsToken = operation.security.length > 0;
  const fields = (operation.parameters ?? []).map((parameter) => {
    const id = `try-${operation.operationId}-${parameter.name}`;
    const input = element("input", {
      id,
      type: "text",
      autocomplete: "off",
      spellcheck: "false",
      required: parameter.required === true,
      maxlength: String(parameter.schema.maxLength ?? 200),
    });
    return { id, parameter, input };
  });
  const answer = element("pre", { tabindex: "0", role: "status", "aria-label": "Answer" });
  answer.hidden = true;
  const form = element(
    "form",
    { class: "trial" },
    ...fields.map(({ id, parameter, input }) =>
      element("p", { class: "field" }, element("label", { for: id }, parameter.name), input),
    ),
    element(
      "p",
      { class: "buttons" },
      element("button", { type: "submit" }, "Send"),
      element(
        "span",
        { class: "note" },
        wantsToken ? "Uses the access token given above." : "Needs no token.",
      ),
    ),
    answer,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    answer.hidden = false;
    answer.textContent = "…";
    const given = fields.map(({ parameter, input }) => ({ parameter, value: input.value }));
    attempt(path, given, wantsToken ? currentToken() : "").then(
      (text) => answer.replaceChildren(text),
      (error) => answer.replaceChildren(`No answer: ${String(error)}`),
    );
  });
  return form;
}
