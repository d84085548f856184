/**
 * Node's HTTP/2 (nghttp2's library) as a client of a block server, on one connection:
 *
 *     node block_client.mjs URL CA OPTIONS
 *
 * OPTIONS as JSON: `settings` of the connection, `changes` to them in the middle of the answers,
 * `streams` at a time, `size`, `count`, `periodMs` of the blocks, and whether every second answer
 * `givesUp` at its first bytes. Prints what it saw.
 */
import { readFileSync } from "node:fs";
import { connect, constants } from "node:http2";
import process from "node:process";

const [url, caFile, optionsText] = process.argv.slice(2);
const { settings, changes, streams, size, count, periodMs = 0, givesUp = false } = JSON.parse(
  optionsText,
);
const seen = { whole: 0, givenUp: 0, bytes: 0, failures: [], pingAnswers: 0 };

const session = connect(url, { ca: readFileSync(caFile), settings });
session.on("error", (error) => seen.failures.push(error.message));
await Promise.all(Array.from({ length: streams }, (_, index) => fetchBlocks(index)));
await new Promise((resolve) =>
  session.ping((error) => {
    if (!error) seen.pingAnswers++;
    resolve();
  })
);
session.close();
process.stdout.write(`${JSON.stringify(seen)}\n`);

function fetchBlocks(index) {
  const path = `/blocks?size=${size}&n=${count}&periodMS=${periodMs}`;
  const request = session.request({ ":path": path });
  let bytes = 0;
  return new Promise((resolve) => {
    request.on("data", (chunk) => {
      if (bytes === 0 && givesUp && index % 2 === 1) request.close(constants.NGHTTP2_CANCEL);
      if (seen.bytes === 0 && changes !== undefined) session.settings(changes);
      seen.bytes += chunk.length;
      for (let at = 0; at < chunk.length; at++) {
        if (chunk[at] !== byteAt(bytes + at)) seen.failures.push(`wrong byte at ${bytes + at}`);
      }
      bytes += chunk.length;
    });
    request.on("error", (error) => seen.failures.push(error.message));
    request.on("close", () => {
      if (bytes === size * count) seen.whole++;
      else if (request.rstCode === constants.NGHTTP2_CANCEL) seen.givenUp++;
      else seen.failures.push(`${bytes} bytes of ${size * count}`);
      resolve();
    });
  });
}

function byteAt(offset) {
  if (offset % size === size - 1) return 90;
  return offset % size === 0 ? 65 : 0;
}
