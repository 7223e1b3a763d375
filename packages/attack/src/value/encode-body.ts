/**
 * Values as bodies of the media types that APIs take.
 *
 * @module
 */

import { isNode, nodeOf, textOf } from "../document/node.ts";
import type { Schema } from "../document/operation.ts";

/** A body, and the `content-type` that goes with it. */
export interface EncodedBody {
  readonly contentType: string;
  readonly body: string;
}

/** Writes a value in a media type; what is no form, XML or text is JSON. */
export function encodeBody(value: unknown, mediaType: string, schema: Schema): EncodedBody {
  if (mediaType === "application/x-www-form-urlencoded")
    return { contentType: mediaType, body: formOf(value) };
  if (mediaType.startsWith("multipart/")) return multipartOf(value, mediaType, schema);
  if (/[/+]xml$/.test(mediaType)) return { contentType: mediaType, body: xmlOf("request", value) };
  if (!/json/.test(mediaType) && (mediaType.startsWith("text/") || !isNode(value)))
    return {
      contentType: mediaType,
      body: typeof value === "string" ? value : JSON.stringify(value),
    };
  return { contentType: mediaType, body: JSON.stringify(value) };
}

function formOf(value: unknown): string {
  const form = new URLSearchParams();
  for (const [name, property] of Object.entries(nodeOf(value)))
    for (const one of Array.isArray(property) ? property : [property])
      form.append(name, fieldText(one));
  return form.toString();
}

function fieldText(value: unknown): string {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : textOf(value);
}

const boundary = "----cnry7c1e9b5a3f";

function multipartOf(value: unknown, mediaType: string, schema: Schema): EncodedBody {
  const properties = nodeOf(schema["properties"]);
  const parts = Object.entries(nodeOf(value)).flatMap(([name, property]) =>
    (Array.isArray(property) ? property : [property]).map((one) =>
      partOf(name, fieldText(one), nodeOf(properties[name])),
    ),
  );
  const body = `${parts.join("")}--${boundary}--\r\n`;
  return { contentType: `${mediaType}; boundary=${boundary}`, body };
}

function partOf(name: string, text: string, schema: Schema): string {
  const items = nodeOf(schema["items"]);
  const isFile = schema["format"] === "binary" || items["format"] === "binary";
  const safe = name.replaceAll(/["\r\n]/g, "_");
  const file = isFile ? `; filename="note.txt"\r\ncontent-type: text/plain` : "";
  return `--${boundary}\r\ncontent-disposition: form-data; name="${safe}"${file}\r\n\r\n${text}\r\n`;
}

function xmlOf(name: string, value: unknown): string {
  const tag = name.replaceAll(/[^\w.-]/g, "_");
  if (Array.isArray(value)) return value.map((item) => xmlOf(name, item)).join("");
  const inner = isNode(value)
    ? Object.entries(value)
        .map(([key, property]) => xmlOf(key, property))
        .join("")
    : textOf(value).replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<${tag}>${inner}</${tag}>`;
}
