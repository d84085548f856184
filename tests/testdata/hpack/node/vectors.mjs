// Reads a conversation from stdin (see make.ts) and writes the bytes of node's http2 (nghttp2) for it, as they
// come over a socket, after it has checked that it decodes scaletool's bytes to the same fields.

import { text } from "node:stream/consumers";
import http2 from "node:http2";
import net from "node:net";
import { once } from "node:events";

const HEAD_BYTES = 9;
const HEADERS = 1;
const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

function frame(type, flags, streamId, payload = Buffer.alloc(0)) {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

/** The field blocks of HEADERS in order, without padding or priority, and those of CONTINUATION. */
function blocksOf(bytes) {
  const blocks = [];
  for (let at = 0; at + HEAD_BYTES <= bytes.length;) {
    const length = bytes.readUIntBE(at, 3);
    const [type, flags] = [bytes[at + 3], bytes[at + 4]];
    if (at + HEAD_BYTES + length > bytes.length) break;
    if (type === HEADERS) {
      const priority = flags & 0x20 ? 5 : 0;
      blocks.push(bytes.subarray(at + HEAD_BYTES + priority, at + HEAD_BYTES + length));
    }
    if (type === 9) throw new Error("a block in several frames");
    at += HEAD_BYTES + length;
  }
  return blocks;
}

/** A node client sends the lists as requests; the other end is a bare socket that only listens. */
async function requestBlocks(lists) {
  const chunks = [];
  const server = net.createServer((socket) => {
    socket.write(frame(4, 0, 0));
    socket.write(frame(4, 1, 0));
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("error", () => {});
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const session = http2.connect(`http://127.0.0.1:${server.address().port}`);
  session.on("error", () => {});
  await once(session, "remoteSettings");
  for (const fields of lists) session.request(headersOf(fields), { endStream: true }).on("error", () => {});
  const seen = () => blocksOf(Buffer.concat(chunks).subarray(PREFACE.length));
  while (seen().length < lists.length) await new Promise((next) => setTimeout(next, 10));
  session.destroy();
  server.close();
  return seen();
}

/** A node server answers bare requests with the lists. */
async function responseBlocks(lists) {
  const server = http2.createServer();
  const left = [...lists];
  server.on("stream", (stream) => stream.respond(headersOf(left.shift()), { endStream: true, sendDate: false }));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = net.connect(server.address().port, "127.0.0.1");
  const chunks = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  socket.write(PREFACE);
  socket.write(frame(4, 0, 0));
  // :method GET, :scheme https, :path /, :authority a
  const get = Buffer.from([0x82, 0x87, 0x84, 0x01, 0x01, 0x61]);
  lists.forEach((_, index) => socket.write(frame(HEADERS, 0x5, 1 + 2 * index, get)));
  const seen = () => blocksOf(Buffer.concat(chunks));
  while (seen().length < lists.length) await new Promise((next) => setTimeout(next, 10));
  socket.destroy();
  server.close();
  return seen();
}

/** What a node server makes of scaletool's blocks. */
async function decoded(blocks) {
  const lists = [];
  const server = http2.createServer();
  server.on("stream", (stream, _headers, _flags, raw) => {
    lists.push(raw.flatMap((name, at) => at % 2 === 0 ? [[name, raw[at + 1]]] : []));
    stream.close();
  });
  server.on("sessionError", (error) => {
    throw error;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = net.connect(server.address().port, "127.0.0.1");
  socket.resume();
  socket.write(PREFACE);
  socket.write(frame(4, 0, 0));
  blocks.forEach((block, index) => socket.write(frame(HEADERS, 0x5, 1 + 2 * index, block)));
  while (lists.length < blocks.length) await new Promise((next) => setTimeout(next, 10));
  socket.destroy();
  server.close();
  return lists;
}

/** Node sends pseudo-header fields first, and the rest in the order of the object. */
function headersOf(fields) {
  return Object.fromEntries(fields.map(([name, value]) => [name, value]));
}

const vectors = {};
for (const { name, isHttp, steps } of JSON.parse(await text(process.stdin))) {
  if (!isHttp) continue;
  const lists = steps.map(({ fields }) => fields);
  const isRequest = lists[0].some(([field]) => field === ":method");
  const blocks = await (isRequest ? requestBlocks : responseBlocks)(lists);
  vectors[name] = blocks.map((block) => block.toString("hex"));
  if (!isRequest) continue;
  const ours = await decoded(steps.map((step) => Buffer.from(step.ours, "hex")));
  if (JSON.stringify(ours) !== JSON.stringify(lists)) throw new Error(`${name}: ${JSON.stringify(ours)}`);
}
process.stdout.write(JSON.stringify(vectors));
