import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createSocketServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { PNG, pngOf } from "./__fixtures__/sample-images.ts";
import {
  createImageFetcher,
  type ImageFetcherOptions,
  type ResolvedAddress,
} from "./guarded-fetch.ts";
import { isPublicAddress } from "./public-address.ts";

const limit = { bytes: 1000, key: "vision_capabilities.max_image_size_mb" };
const loopback = [{ address: "127.0.0.1", family: 4 }];
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

/** Its port, and which paths were asked of it. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.headers.host?.replace(/:\d+$/, "")}${request.url}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, asked };
}

function sendPng(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { "content-type": "image/png" }).end(PNG);
}

/** Names resolve by the table; only the names' own rules decide what may be reached. */
function fetcher(
  options: Partial<ImageFetcherOptions> & { names?: Record<string, ResolvedAddress[]> },
) {
  const { names = {}, ...rest } = options;
  return createImageFetcher({
    enabled: true,
    lookup: async (hostname) => names[hostname] ?? [],
    maxBytes: 10_000,
    timeoutMs: 5000,
    maxRedirects: 3,
    ...rest,
  });
}

/** The production rule, except that the test server's loopback counts as public. */
const reachable = {
  allowsAddress: (address: string) => address === "127.0.0.1" || isPublicAddress(address),
  allowsPort: () => true,
};

function get(url: string, options: Parameters<typeof fetcher>[0] = {}) {
  return fetcher(options).fetch(url, { limit, signal: new AbortController().signal });
}

describe("fetching an image", () => {
  test("connects to the address that was checked, under the name that was asked", async () => {
    const { port, asked } = await serve(sendPng);
    const names = { "images.example": loopback };
    const bytes = await get(`http://images.example:${port}/a.png?b=1`, {
      names,
      destinations: reachable,
    });
    expect(bytes.equals(PNG)).toBe(true);
    expect(asked).toEqual(["images.example/a.png?b=1"]);
  });

  test("says the name in the TLS handshake although it connects to the checked address", async () => {
    const hello = Promise.withResolvers<string>();
    const server = createSocketServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", (bytes) => {
        hello.resolve(bytes.toString("latin1"));
        socket.destroy();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closers.push(() => new Promise((resolve) => server.close(resolve)));
    const { port } = server.address() as AddressInfo;
    const names = { "images.example": loopback };
    await expect(
      get(`https://images.example:${port}/`, { names, destinations: reachable }),
    ).rejects.toThrow("its server cannot be reached");
    expect(await hello.promise).toContain("images.example");
  });

  test("resolves a name once, so that a second answer of its DNS changes nothing", async () => {
    const { port } = await serve(sendPng);
    const answers = [loopback, [{ address: "10.0.0.1", family: 4 }]];
    let lookups = 0;
    const lookup = async () => answers[lookups++] ?? [];
    await get(`http://rebinding.example:${port}/`, { lookup, destinations: reachable });
    expect(lookups).toBe(1);
  });

  test("follows redirects, checking each anew", async () => {
    const { port, asked } = await serve((request, response) => {
      if (request.url === "/end") return sendPng(request, response);
      const next = request.url === "/start" ? "/middle" : `http://second.example:${port}/end`;
      response.writeHead(302, { location: next }).end("elsewhere");
    });
    const names = { "first.example": loopback, "second.example": loopback };
    await get(`http://first.example:${port}/start`, { names, destinations: reachable });
    expect(asked).toEqual(["first.example/start", "first.example/middle", "second.example/end"]);
  });

  test("gives up after three redirects", async () => {
    const { port, asked } = await serve((request, response) => {
      response.writeHead(301, { location: `${request.url}x` }).end();
    });
    const names = { "loop.example": loopback };
    await expect(
      get(`http://loop.example:${port}/`, { names, destinations: reachable }),
    ).rejects.toThrow("more than 3 redirects");
    expect(asked).toHaveLength(4);
  });
});

describe("what a fetch refuses [req:bridge.ssrf]", () => {
  test.each([
    "http://127.0.0.1/",
    "http://localhost/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://127.0.0.1./",
    "http://0.0.0.0/",
    "http://0/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[fe80::1]/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://169.254.169.254/latest/meta-data/",
    "http://0xa9fea9fe/",
    "http://2852039166/",
    "http://100.64.0.1/",
    "http://10.1.2.3/",
    "http://192.168.0.1/",
    "http://224.0.0.1/",
    "http://①②⑦.⓪.⓪.①/",
    "https://private.example/",
    "https://rebinding.example/",
    "https://mixed.example/",
    "https://unknown.example/",
  ])("%s: no address of the internet", async (url) => {
    const names = {
      localhost: loopback,
      "private.example": [{ address: "192.168.0.7", family: 4 }],
      "rebinding.example": [{ address: "::ffff:7f00:1", family: 6 }],
      "mixed.example": [
        { address: "1.1.1.1", family: 4 },
        { address: "127.0.0.1", family: 4 },
      ],
    };
    await expect(get(url, { names })).rejects.toThrow("is not an address on the internet");
  });

  test.each([
    ["http://1.1.1.1:22/", "port 22"],
    ["https://1.1.1.1:6379/", "port 6379"],
    ["http://user:secret@1.1.1.1/", "user name or password"],
    ["http://1.1.1.1@127.0.0.1/", "user name or password"],
    ["gopher://1.1.1.1/", "something else than http"],
    ["http://[::1/", "cannot be read"],
    ["http://256.1.1.1/", "cannot be read"],
  ])("%s: %s", async (url, reason) => {
    await expect(get(url)).rejects.toThrow(reason);
  });

  test.each([
    ["http://10.0.0.1/", "not an address on the internet"],
    ["http://169.254.169.254/latest/meta-data", "not an address on the internet"],
    ["http://inside.example/", "not an address on the internet"],
    ["//[::1]/", "not an address on the internet"],
    ["file:///etc/passwd", "something else than http"],
    ["http://user:secret@1.1.1.1/", "user name or password"],
  ])("a redirect to %s", async (location, reason) => {
    const { port, asked } = await serve((_request, response) => {
      response.writeHead(307, { location }).end();
    });
    const names = {
      "outside.example": loopback,
      "inside.example": [{ address: "172.20.0.5", family: 4 }],
    };
    await expect(
      get(`http://outside.example:${port}/`, { names, destinations: reachable }),
    ).rejects.toThrow(reason);
    expect(asked).toHaveLength(1);
  });

  test("anything at all when it is switched off, without asking DNS", async () => {
    let lookups = 0;
    const lookup = async () => {
      lookups += 1;
      return loopback;
    };
    await expect(get("https://images.example/", { enabled: false, lookup })).rejects.toThrow(
      "images.fetch",
    );
    expect(lookups).toBe(0);
  });
});

describe("what comes back", () => {
  const names = { "images.example": loopback };
  const from = async (answer: Parameters<typeof serve>[0], options = {}) => {
    const { port } = await serve(answer);
    return get(`http://images.example:${port}/`, { names, destinations: reachable, ...options });
  };

  test("may have no type worth the name when its bytes are an image", async () => {
    const bytes = await from((_request, response) => {
      response.writeHead(200, { "content-type": "application/octet-stream" }).end(PNG);
    });
    expect(bytes.equals(PNG)).toBe(true);
  });

  test.each([
    ["text/html", PNG, "something else"],
    ["application/json", PNG, "something else"],
    ["image/png", Buffer.from("<html>"), "is not an image"],
    ["image/svg+xml", Buffer.from("<svg/>"), "is not an image"],
    ["image/png", Buffer.alloc(0), "is not an image"],
  ])("is refused as %s with other contents", async (type, body, reason) => {
    const answer = from((_request, response) => {
      response.writeHead(200, { "content-type": type }).end(body);
    });
    await expect(answer).rejects.toThrow(reason);
  });

  test("is refused with any status but 200", async () => {
    const answer = from((_request, response) => {
      response.writeHead(404, { "content-type": "image/png" }).end(PNG);
    });
    await expect(answer).rejects.toThrow("answered 404");
  });

  test("is refused by its announced length, before it is read", async () => {
    const answer = from((_request, response) => {
      response.writeHead(200, { "content-type": "image/png", "content-length": 5000 });
      response.write(PNG);
    });
    await expect(answer).rejects.toThrow("vision_capabilities.max_image_size_mb");
  });

  test("is cut off at the limit when it announces nothing", async () => {
    const answer = from(
      (_request, response) => {
        response.writeHead(200, { "content-type": "image/png" });
        response.write(pngOf(600));
      },
      { maxBytes: 500 },
    );
    await expect(answer).rejects.toThrow("larger than the limit of 500 bytes (images.max_size)");
  });

  test("is given up after the time for one image", async () => {
    const silent = from(
      (_request, response) => {
        response.writeHead(200, { "content-type": "image/png" }).write(PNG);
      },
      { timeoutMs: 50 },
    );
    await expect(silent).rejects.toThrow("images.fetch_timeout_secs");
    await expect(from(() => undefined, { timeoutMs: 50 })).rejects.toThrow(
      "images.fetch_timeout_secs",
    );
  });

  test("is given up when the name is never resolved", async () => {
    const lookup = () => new Promise<never>(() => undefined);
    await expect(from(sendPng, { lookup, timeoutMs: 50 })).rejects.toThrow(
      "images.fetch_timeout_secs",
    );
  });

  test("ends with the caller's reason when the caller is gone", async () => {
    const caller = new AbortController();
    const { port } = await serve(() => caller.abort(new Error("caller gone")));
    const work = fetcher({ names, destinations: reachable }).fetch(
      `http://images.example:${port}/`,
      { limit, signal: caller.signal },
    );
    await expect(work).rejects.toThrow("caller gone");
  });
});
