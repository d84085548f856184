/**
 * `deno run --allow-net backend.ts ADDRESS PORT...`: an HTTP server behind a gateway. It answers 200
 * to everything and says on which port it was asked, so that two ports tell two backends apart.
 * @module
 */

const [hostname, ...ports] = Deno.args;
for (const port of ports.map(Number)) {
  Deno.serve(
    { hostname: hostname!, port, onListen: () => {} },
    (request) => new Response(`port=${port} path=${new URL(request.url).pathname}\n`),
  );
}
