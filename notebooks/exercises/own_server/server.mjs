// A server of one's own that is not Python: node server.mjs PORT
//
// The strategy is step 3's: one thread, and a loop that waits for all and calls back. Loop and reader
// of HTTP are Node's, in C. A half-finished conversation is kept in `pipeline`, and in a generator
// that stands at its `yield`.
//
// Not here: notes, events, files, limits of our own. What is HTTP and what is not, Node decides. And
// two clients that pipeline without end may keep out a third: the suite has a test of that.

import http from "node:http";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";

const BLOCK = "x".repeat(65536);
const refusal = (status) => Object.assign(new Error(), { status });

// What is answered: a string, or parts of it as they are made

const ROUTES = {
  "/0": { GET: () => "Hello, world!\n" }, // a name, and how many words come behind it
  "hello/0": { GET: (to) => `Hello, ${queryOf(to).getAll("name").at(-1) ?? "world"}!\n` },
  "slow/1": { GET: (to, seconds) => slow(to, number(seconds, 0, 10)) },
  "ticks/2": { GET: (_, count, seconds) => ticks(whole(count, 1, 1000), number(seconds, 0, 10)) },
  "fib/1": { GET: (_, n) => `fib(${whole(n, 0, 32)}) = ${fib(Number(n))}\n` },
  "big/1": { GET: (to, size) => big(to, whole(size, 0, 64 * 1024 * 1024)) },
  "echo/0": { POST: echo },
  "*/0": { GET: null, POST: null, PUT: null, DELETE: null },
};

function slow(to, seconds) {
  const words = `slept ${seconds} s\n`;
  to.setHeader("Content-Length", words.length);
  return after(seconds, words);
}

async function* after(seconds, words) {
  if (seconds) await sleep(1000 * seconds);
  yield words;
}

async function* ticks(count, seconds) {
  for (let n = 1; n <= count; n++) yield* after(seconds, `tick ${n}\n`);
}

function big(to, size) {
  to.setHeader("Content-Length", size);
  return blocks(size);
}

function* blocks(size) {
  for (; size > 0; size -= BLOCK.length) yield BLOCK.slice(0, size);
}

function echo(to) {
  to.setHeader("Content-Type", to.req.headers["content-type"] ?? "application/octet-stream");
  return to.req;
}

const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2));
const queryOf = (to) => new URLSearchParams(to.req.url.split("?")[1]);

function number(words, least, most, form = /^[0-9]{1,9}(\.[0-9]{1,9})?$/) {
  if (!form.test(words) || words < least || words > most) throw refusal(400);
  return Number(words);
}

const whole = (words, least, most) => number(words, least, most, /^[0-9]{1,9}$/);

// How it is answered

async function answer(to) {
  const { url, method } = to.req;
  const [name, ...words] = url.split("?")[0].replace(/^\//, "").split("/").map(decodeURIComponent);
  const actions = ROUTES[`${name}/${words.length}`];
  if (!actions) throw refusal(404);
  const allowed = [...Object.keys(actions), ...("GET" in actions ? ["HEAD"] : []), "OPTIONS"];
  to.setHeader("Allow", allowed.join(", "));
  if (method === "OPTIONS") return to.writeHead(204).end();
  if (!allowed.includes(method)) throw refusal(405);
  const body = actions[method === "HEAD" ? "GET" : method](to, ...words);
  if (typeof body === "string") return to.end(body);
  return method === "HEAD" ? to.end() : pipeline(body, to);
}

const server = http.createServer((_, to) => {
  to.setHeader("Content-Type", "text/plain; charset=utf-8");
  answer(to).catch((error) => {
    to.statusCode = error.status ?? (error instanceof URIError ? 400 : 500);
    to.end(`${to.statusCode}: ${http.STATUS_CODES[to.statusCode]}\n`);
  });
});
server.listen({ port: Number(process.argv[2]), host: "127.0.0.1", backlog: 4096 });
