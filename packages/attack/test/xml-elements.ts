/** A strict reader of small XML documents, for tests: it refuses what is not well formed. */

/** An element in document order; names of its children. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly string[];
  readonly text: string;
}

const token = /<\?xml [^<>]*\?>|<\/([\w-]+)>|<([\w-]+)((?: [\w-]+="[^"<]*")*)(\/?)>|([^<]+)/gy;
const illegal = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const entity = /&(?!(?:amp|lt|gt|quot|apos|#10);)/;

/**
 * All elements of a document.
 * @throws Error when it is not well formed.
 */
export function elementsOf(xml: string): readonly XmlElement[] {
  if (illegal.test(xml)) throw new Error("The document holds a character that XML does not allow.");
  if (entity.test(xml)) throw new Error("The document holds a bare ampersand.");
  const elements: (XmlElement & { children: string[]; text: string })[] = [];
  const open: typeof elements = [];
  let read = 0;
  for (const [whole, closed, opened, attributes = "", empty, text] of xml.matchAll(token)) {
    read += whole.length;
    const parent = open.at(-1);
    if (text !== undefined && parent !== undefined) parent.text += decoded(text);
    else if (text !== undefined && text.trim() !== "") throw new Error("Text outside the root.");
    if (opened !== undefined) {
      parent?.children.push(opened);
      const element = {
        name: opened,
        attributes: attributesOf(attributes),
        children: [],
        text: "",
      };
      elements.push(element);
      if (empty === "") open.push(element);
    }
    if (closed !== undefined && open.pop()?.name !== closed)
      throw new Error(`</${closed}> closes nothing.`);
  }
  if (read !== xml.length || open.length > 0)
    throw new Error(`It ends at ${read} of ${xml.length}.`);
  return elements;
}

function attributesOf(attributes: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...attributes.matchAll(/ ([\w-]+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [
      name,
      decoded(value),
    ]),
  );
}

function decoded(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&#10;", "\n")
    .replaceAll("&amp;", "&");
}
