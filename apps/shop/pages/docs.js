// The documentation page: reads /openapi.json and lays it out.

import {
  accessSentence,
  curlOf,
  entriesOf,
  lifecycleSentence,
  limitsOf,
  quotaSentence,
  rowsOf,
} from "./describe.js";
import { byId, element, table } from "./elements.js";
import { trialForm } from "./try.js";

/** @typedef {import("./describe.js").Document} Document */
/** @typedef {import("./describe.js").Entry} Entry */
/** @typedef {import("./describe.js").Operation} Operation */
/** @typedef {import("./describe.js").Schema} Schema */

const tokenField = byId("token", HTMLInputElement);

/**
 * @param {Document} api
 * @param {string} caption
 * @param {Schema} schema
 * @returns {HTMLElement}
 */
function schemaTable(api, caption, schema) {
  const rows = rowsOf(api, schema).map(({ name, type, required, limits }) => [
    element("code", {}, name === "" ? "the value" : name),
    required ? type : `${type}, optional`,
    limits,
  ]);
  return rows.length === 0
    ? element("p", {}, `${caption}: an object without properties.`)
    : table(caption, ["Property", "Type", "Limits"], rows);
}

/**
 * @param {Operation} operation
 * @returns {HTMLElement}
 */
function facts({ "x-sekisho": extension, operationId }) {
  const { access, quota, lifecycle, team, audit, step } = extension;
  /** @type {[string, string][]} */
  const pairs = [
    ["Who may call", accessSentence(access)],
    ["How often", quotaSentence(quota)],
    ["Lifecycle", lifecycleSentence(lifecycle)],
    ...(step === undefined
      ? []
      : [/** @type {[string, string]} */ (["Step", `${step.from.join(" or ")} → ${step.to}`])]),
    ...(audit === undefined ? [] : [/** @type {[string, string]} */ (["Audited as", audit])]),
    ["Team", team],
    ["Operation id", operationId],
  ];
  const list = element("dl", { class: "facts" });
  for (const [name, text] of pairs)
    list.append(
      element(
        "div",
        {},
        element("dt", {}, name),
        element(
          "dd",
          {},
          text,
          ...(name === "Who may call" ? [" ", element("code", {}, access)] : []),
        ),
      ),
    );
  return list;
}

/**
 * @param {Operation} operation
 * @returns {Node[]}
 */
function parameters({ parameters: given }) {
  if (given === undefined) return [];
  const rows = given.map(({ name, in: place, required, description, schema }) => [
    element("code", {}, name),
    `${String(schema.type ?? "anything")}, in ${place}${required === true ? "" : ", optional"}`,
    limitsOf({ ...schema, ...(description === undefined ? {} : { description }) }),
  ]);
  return [table("Parameters", ["Name", "Type", "Limits"], rows)];
}

/**
 * @param {Document} api
 * @param {Operation} operation
 * @returns {Node[]}
 */
function requestBody(api, { requestBody: body }) {
  return Object.entries(body?.content ?? {}).map(([mediaType, { schema }]) =>
    schemaTable(api, `Request body, ${mediaType}; other properties are refused`, schema),
  );
}

/**
 * @param {Document} api
 * @param {Operation} operation
 * @returns {Node[]}
 */
function answers(api, { responses }) {
  const successes = Object.entries(responses).filter(([, { $ref }]) => $ref === undefined);
  const problems = Object.keys(responses).filter((status) => responses[status]?.$ref !== undefined);
  const links = problems.flatMap((status) => [
    " ",
    element("a", { href: `#problems-${status}` }, status),
  ]);
  return [
    ...successes.flatMap(([status, { description, content }]) => {
      const [media] = Object.entries(content ?? {});
      const text = `${status} ${description ?? ""}`;
      if (media === undefined) return [element("p", {}, text)];
      const [mediaType, { schema }] = media;
      return schema.type === "object" || schema.type === undefined || schema.$ref !== undefined
        ? [schemaTable(api, `${text}, ${mediaType}`, schema)]
        : [element("p", {}, `${text}: a document, ${mediaType}`)];
    }),
    ...(links.length === 0
      ? []
      : [element("p", { class: "problems" }, "Problems, as application/problem+json:", ...links)]),
  ];
}

/**
 * @param {string} text
 * @returns {Promise<string>}
 */
async function copy(text) {
  await navigator.clipboard.writeText(text);
  return "Copied";
}

/**
 * @param {Document} api
 * @param {Entry} entry
 * @returns {Node[]}
 */
function example(api, entry) {
  const text = curlOf(api, entry, location.origin);
  const button = element("button", { type: "button" }, "Copy");
  const said = element("span", { role: "status", class: "note" });
  button.addEventListener("click", () => {
    copy(text).then(
      (outcome) => said.replaceChildren(outcome),
      () => said.replaceChildren("The browser does not allow it; select the text instead"),
    );
  });
  return [
    element("pre", { tabindex: "0", "aria-label": "Command" }, text),
    element("p", { class: "buttons" }, button, said),
  ];
}

/**
 * @param {string} heading
 * @param {readonly Node[]} content
 * @returns {Node[]}
 */
function part(heading, content) {
  return content.length === 0 ? [] : [element("h4", {}, heading), ...content];
}

/**
 * @param {Document} api
 * @param {Entry} entry
 * @returns {HTMLElement}
 */
function card(api, entry) {
  const { method, path, operation } = entry;
  const retiring = operation["x-sekisho"].lifecycle.stage !== "production";
  const summary = element(
    "summary",
    {},
    element(
      "h3",
      {},
      element("span", { class: `method ${method.toLowerCase()}` }, method),
      " ",
      element("code", { class: "path" }, path),
    ),
    element("span", { class: "summary" }, operation.summary),
    ...(retiring
      ? [element("strong", { class: "badge" }, operation["x-sekisho"].lifecycle.stage)]
      : []),
  );
  const inside = element(
    "div",
    { class: "inside" },
    ...(operation.description === undefined ? [] : [element("p", {}, operation.description)]),
    facts(operation),
    ...part("What is sent", [...parameters(operation), ...requestBody(api, operation)]),
    ...part("What is answered", answers(api, operation)),
    ...part("Example", example(api, entry)),
    ...part("Try it", method === "GET" ? [trialForm(entry, () => tokenField.value.trim())] : []),
  );
  return element(
    "article",
    { id: operation.operationId, class: "operation" },
    element("details", {}, summary, inside),
  );
}

/**
 * The codes of a shared problem answer, each with the page that explains it.
 * @param {Document} api
 * @returns {HTMLElement}
 */
function problemSection(api) {
  const section = element("section", { id: "problems" }, element("h2", {}, "Problems"));
  section.append(
    element(
      "p",
      {},
      "Every refusal is application/problem+json (RFC 9457) with one of these codes.",
    ),
  );
  for (const [name, { description = "" }] of Object.entries(api.components.responses)) {
    const status = name.replace("Problem", "");
    const items = description.split(/\n+/).map((line) => {
      const [code = "", title = ""] = line.split(/: (.*)/s);
      const link = element("a", { href: `/problems/${encodeURIComponent(code)}` }, code);
      return element("li", {}, link, ` ${title}`);
    });
    section.append(
      element("h3", { id: `problems-${status}`, tabindex: "-1" }, status),
      element("ul", {}, ...items),
    );
  }
  return section;
}

/**
 * @param {string} area
 * @param {readonly Entry[]} entries
 * @returns {HTMLElement}
 */
function contents(area, entries) {
  const links = entries.map(({ method, path, operation }) =>
    element(
      "li",
      { "data-for": operation.operationId },
      element(
        "a",
        { href: `#${operation.operationId}` },
        element("span", { class: `method ${method.toLowerCase()}` }, method),
        " ",
        path,
      ),
    ),
  );
  return element(
    "section",
    { "data-area": area },
    element("h2", {}, area),
    element("ul", {}, ...links),
  );
}

/** @param {boolean} open */
function toggleAll(open) {
  for (const details of document.querySelectorAll("article:not([hidden]) details"))
    if (details instanceof HTMLDetailsElement) details.open = open;
}

/** Opens the operation that the address names. */
function openNamed() {
  const named = document.getElementById(location.hash.slice(1));
  const details = named?.querySelector("details");
  if (details !== null && details !== undefined) details.open = true;
  named?.scrollIntoView();
}

/**
 * @param {readonly Entry[]} entries
 * @param {string} words
 */
function showMatching(entries, words) {
  const wanted = words.toLowerCase().split(/\s+/);
  let shown = 0;
  for (const { method, path, operation } of entries) {
    const text = [method, path, operation.summary, operation["x-sekisho"].access, ...operation.tags]
      .join(" ")
      .toLowerCase();
    const matches = wanted.every((word) => text.includes(word));
    if (matches) shown++;
    for (const place of [
      document.getElementById(operation.operationId),
      document.querySelector(`[data-for="${CSS.escape(operation.operationId)}"]`),
    ])
      if (place instanceof HTMLElement) place.hidden = !matches;
  }
  for (const section of document.querySelectorAll("section[data-area]"))
    if (section instanceof HTMLElement)
      section.hidden = section.querySelector("article:not([hidden]), li:not([hidden])") === null;
  byId("count", HTMLElement).textContent = `${shown} of ${entries.length} operations.`;
}

/** @param {Document} api */
function show(api) {
  const { title, version, description } = api.info;
  document.title = `${title}: documentation`;
  byId("title", HTMLElement).textContent = `${title} ${version}`;
  if (description !== undefined) byId("description", HTMLElement).textContent = description;

  const entries = entriesOf(api);
  const main = byId("operations", HTMLElement);
  const navigation = byId("contents", HTMLElement);
  for (const { name: area } of api.tags) {
    const own = entries.filter(({ operation }) => operation.tags[0] === area);
    navigation.append(contents(area, own));
    const cards = own.map((entry) => card(api, entry));
    main.append(element("section", { "data-area": area }, element("h2", {}, area), ...cards));
  }
  main.append(problemSection(api));

  const search = byId("search", HTMLInputElement);
  search.addEventListener("input", () => showMatching(entries, search.value.trim()));
  showMatching(entries, "");
  byId("open-all", HTMLButtonElement).addEventListener("click", () => toggleAll(true));
  byId("close-all", HTMLButtonElement).addEventListener("click", () => toggleAll(false));
  addEventListener("hashchange", openNamed);
  navigation.addEventListener("click", () => setTimeout(openNamed));
  addEventListener("beforeprint", () => toggleAll(true));
  openNamed();
  document.body.dataset["ready"] = "true";
}

fetch("/openapi.json", { credentials: "omit" })
  .then((response) => response.json())
  .then(show)
  .catch((error) => {
    byId("count", HTMLElement).textContent =
      `The documentation cannot be shown: ${error instanceof Error ? error.message : String(error)}`;
  });
