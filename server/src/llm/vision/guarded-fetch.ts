import { lookup as systemLookup } from "node:dns/promises";
import { isIP, type LookupFunction } from "node:net";
import type { Dispatcher } from "undici";
import { imageFormat } from "./image-format.ts";
import { ImageRefusal, narrower, type SizeLimit, tooLarge } from "./image-refusal.ts";
import { isPublicAddress } from "./public-address.ts";

/** Gets the bytes of an image by its http or https URL. */
export interface ImageFetcher {
  /** Throws ImageRefusal, or the signal's reason when the caller is gone. */
  fetch(url: string, options: { limit: SizeLimit; signal: AbortSignal }): Promise<Buffer>;
}

export interface ResolvedAddress {
  address: string;
  family: number;
}

/** Where images may be fetched from. */
export interface Destinations {
  allowsAddress(address: string): boolean;
  allowsPort(port: number): boolean;
}

export interface ImageFetcherOptions {
  enabled: boolean;
  /** All addresses of a name. */
  lookup: (hostname: string) => Promise<readonly ResolvedAddress[]>;
  maxBytes: number;
  /** For one image with all its redirects. */
  timeoutMs: number;
  maxRedirects: number;
  /** The public internet on the web's two ports unless a test says otherwise. */
  destinations?: Destinations;
}

const PUBLIC_WEB: Destinations = {
  allowsAddress: isPublicAddress,
  allowsPort: (port) => port === 80 || port === 443,
};
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Object stores answer with octet-stream what was uploaded without a type; the bytes decide in the end. */
const IMAGE_TYPE = /^(?:image\/|(?:application|binary)\/octet-stream\b)/i;
const HEADERS = { accept: "image/*", "accept-encoding": "identity", "user-agent": "Sekha" };

/** A name's addresses as the operating system resolves it. */
export async function systemAddresses(hostname: string): Promise<readonly ResolvedAddress[]> {
  return await systemLookup(hostname, { all: true });
}

/**
 * Fetches for others without becoming their way into the network around this machine (OWASP's server-side request
 * forgery): a name is resolved once, all its addresses must be public, and the connection goes to the very addresses
 * that were checked, so that a second DNS answer changes nothing. Each redirect begins again from the top.
 */
export function createImageFetcher(options: ImageFetcherOptions): ImageFetcher {
  const destinations = options.destinations ?? PUBLIC_WEB;
  return {
    async fetch(url, { limit, signal }) {
      if (!options.enabled) {
        throw new ImageRefusal(
          "would have to be fetched, and fetching images is switched off (images.fetch): send it as a data: URL.",
        );
      }
      const deadline = AbortSignal.timeout(options.timeoutMs);
      const hop: Hop = {
        ...options,
        destinations,
        signal: AbortSignal.any([signal, deadline]),
        limit: narrower(limit, { bytes: options.maxBytes, key: "images.max_size" }),
      };
      try {
        return await follow(url, hop);
      } catch (error) {
        signal.throwIfAborted();
        throw refusalOf(error, deadline, options.timeoutMs);
      }
    },
  };
}

interface Hop extends ImageFetcherOptions {
  destinations: Destinations;
  signal: AbortSignal;
  limit: SizeLimit;
}

async function follow(start: string, hop: Hop): Promise<Buffer> {
  let url = start;
  for (let redirects = 0; redirects <= hop.maxRedirects; redirects += 1) {
    const answer = await fetchOnce(checkedUrl(url, hop.destinations), hop);
    if (typeof answer !== "string") return answer;
    url = answer;
  }
  throw new ImageRefusal(`could not be fetched: more than ${hop.maxRedirects} redirects.`);
}

/** The WHATWG parser has already turned 2130706433, 0x7f.1 and 0177.0.0.1 into what they mean. */
function checkedUrl(url: string, destinations: Destinations): URL {
  const parsed = URL.parse(url);
  if (parsed === null) throw new ImageRefusal("has a URL that cannot be read.");
  if (parsed.protocol !== "https:" && parsed.protocol !== "http:") {
    throw new ImageRefusal("was redirected to something else than http or https.");
  }
  if (parsed.username !== "" || parsed.password !== "") {
    throw new ImageRefusal("has a URL with a user name or password, which is not sent.");
  }
  const port = parsed.port === "" ? (parsed.protocol === "https:" ? 443 : 80) : Number(parsed.port);
  if (!destinations.allowsPort(port)) {
    throw new ImageRefusal(`has a URL with port ${port}; images are fetched from 80 and 443 only.`);
  }
  return parsed;
}

/** The image, or where the answer says it is. */
async function fetchOnce(url: URL, hop: Hop): Promise<Buffer | string> {
  const addresses = await checkedAddresses(url, hop);
  // The whole of it takes 10 MB, and few callers send what must be fetched.
  const { Client } = await import("undici");
  const client = new Client(url.origin, {
    connect: { lookup: pinned(addresses), timeout: hop.timeoutMs },
    headersTimeout: hop.timeoutMs,
    bodyTimeout: hop.timeoutMs,
  });
  try {
    const answer = await client.request({
      path: `${url.pathname}${url.search}`,
      method: "GET",
      headers: HEADERS,
      signal: hop.signal,
    });
    answer.body.on("error", ignoreLateError);
    const location = answer.headers.location;
    if (REDIRECTS.has(answer.statusCode) && typeof location === "string") {
      return URL.parse(location, url)?.href ?? location;
    }
    return await readImage(answer, hop.limit);
  } finally {
    await client.destroy();
  }
}

/** Every address must pass: a name with one good and one private address is a trick. */
async function checkedAddresses(url: URL, hop: Hop): Promise<readonly ResolvedAddress[]> {
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const family = isIP(hostname);
  const addresses =
    family === 0
      ? await abortable(hop.lookup(hostname), hop.signal)
      : [{ address: hostname, family }];
  const allowed = addresses.every(({ address }) => hop.destinations.allowsAddress(address));
  if (addresses.length === 0 || !allowed) {
    // Neither the address nor anything else about the network inside is told.
    throw new ImageRefusal(`is not fetched: ${url.hostname} is not an address on the internet.`);
  }
  return addresses;
}

/** Answers with the checked addresses whatever is asked; literal addresses never ask. */
function pinned(addresses: readonly ResolvedAddress[]): LookupFunction {
  return (_hostname, options, callback) => {
    const [first] = addresses;
    if (options.all === true) callback(null, [...addresses]);
    else callback(null, first?.address ?? "", first?.family);
  };
}

async function readImage(answer: Dispatcher.ResponseData, limit: SizeLimit): Promise<Buffer> {
  if (answer.statusCode !== 200) {
    throw new ImageRefusal(`could not be fetched: its server answered ${answer.statusCode}.`);
  }
  const type = answer.headers["content-type"] ?? "";
  if (!IMAGE_TYPE.test(String(type))) {
    throw new ImageRefusal("could not be fetched: its server answered with something else.");
  }
  const announced = Number(answer.headers["content-length"] ?? 0);
  if (announced > limit.bytes) throw tooLarge(announced, limit);
  const bytes = await readBounded(answer.body, limit);
  if (imageFormat(bytes) === undefined) {
    throw new ImageRefusal("could not be fetched: what its server sent is not an image.");
  }
  return bytes;
}

async function readBounded(body: AsyncIterable<Buffer>, limit: SizeLimit): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit.bytes) throw tooLarge(undefined, limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** The system's resolver cannot be cancelled; its late answer is dropped. */
async function abortable<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function refusalOf(error: unknown, deadline: AbortSignal, timeoutMs: number): ImageRefusal {
  if (error instanceof ImageRefusal) return error;
  const seconds = timeoutMs / 1000;
  const why = deadline.aborted
    ? `it took longer than ${seconds} s (images.fetch_timeout_secs)`
    : "its server cannot be reached";
  return new ImageRefusal(`could not be fetched: ${why}.`, { cause: error });
}

/** The body of a redirect is thrown away with its connection. */
function ignoreLateError(): void {}
