/**
 * Names that never stand for a public host, whatever they resolve to (API7.V3).
 *
 * Promise: refused before anything is resolved, so that internal names cannot be probed by DNS.
 * Limits: names are depth; the judgement of the address is the defence.
 *
 * @module
 */

/** Last labels that are reserved or used for private networks, with their sources. */
const specialSuffixes: Readonly<Record<string, string>> = {
  local: "RFC 6762 §3",
  localhost: "RFC 6761 §6.3",
  localdomain: "default search domain of many Unix systems",
  internal: "ICANN Board resolution 2024-07-29: reserved for private use",
  arpa: "RFC 3172 and RFC 8375 (home.arpa)",
  invalid: "RFC 6761 §6.4",
  onion: "RFC 7686",
  alt: "RFC 9476",
  intranet: "RFC 6762 appendix G",
  private: "RFC 6762 appendix G",
  corp: "RFC 6762 appendix G",
  home: "RFC 6762 appendix G",
  lan: "RFC 6762 appendix G",
};

/** Whether the last label of a lower-case name is special; covers `metadata.google.internal`. */
export function isSpecialUseName(host: string): boolean {
  return Object.hasOwn(specialSuffixes, host.slice(host.lastIndexOf(".") + 1));
}
