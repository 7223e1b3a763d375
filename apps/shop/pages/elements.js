// Elements are made here and only here: text goes in as text, never as markup.

/**
 * An element with attributes and children. `false` leaves an attribute out, `true` sets it empty.
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Readonly<Record<string, string | boolean>>} attributes
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes))
    if (value !== false) made.setAttribute(key, value === true ? "" : value);
  made.append(...children);
  return made;
}

/**
 * The element of the page with this id.
 * @template {HTMLElement} Kind
 * @param {string} id
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
export function byId(id, kind) {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`the page has no ${id}`);
}

/**
 * A table that stays one for screen readers when narrow screens stack its cells.
 * @param {string} caption
 * @param {readonly string[]} headings
 * @param {readonly (readonly (Node | string)[])[]} rows
 * @returns {HTMLTableElement}
 */
export function table(caption, headings, rows) {
  const head = headings.map((text) => element("th", { scope: "col", role: "columnheader" }, text));
  const body = rows.map(([first = "", ...rest]) =>
    element(
      "tr",
      { role: "row" },
      element("th", { scope: "row", role: "rowheader" }, first),
      ...rest.map((cell) => element("td", { role: "cell" }, cell)),
    ),
  );
  return element(
    "table",
    { role: "table" },
    element("caption", {}, caption),
    element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...head)),
    element("tbody", { role: "rowgroup" }, ...body),
  );
}
