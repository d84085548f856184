/**
 * Is a text base64, and if not, where does Go's decoder stop? Line ends do not count.
 * Source: RFC 4648, section 4; Go, encoding/base64.
 * @module
 */

const COMPLETE = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The index of the byte that Go names as illegal; undefined if the text is base64. */
export function illegalBase64At(text: string): number | undefined {
  const dense = text.replaceAll(/[\r\n]/g, "");
  if (COMPLETE.test(dense)) return undefined;
  const readable = /^[A-Za-z0-9+/]*/.exec(dense)![0].length;
  const inGroup = readable % 4;
  // It ends in the middle of a group: the group is to blame.
  if (readable === dense.length) return readable - inGroup;
  if (dense[readable] !== "=" || inGroup < 2) return readable;
  return inGroup === 2 && dense[readable + 1] === "=" ? readable + 2 : readable + 1;
}
