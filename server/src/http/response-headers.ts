/** As HTTP allows in a field's value: what else a value holds could become a field of its own. */
const FORBIDDEN_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

/**
 * Headers of an answer as a map of lower-case names. Reading and writing the platform's own costs more than the rest of a
 * small answer; whoever asks for those (`new Response(body, { headers })`, `instanceof Headers`) is served as well.
 * Values are trimmed; throws TypeError for those that HTTP does not allow.
 */
export class ResponseHeaders implements Headers {
  readonly #values = new Map<string, string>();
  readonly #cookies: string[] = [];

  constructor(values: Readonly<Record<string, string>> = {}) {
    for (const name in values) this.set(name, values[name] ?? "");
  }

  set(name: string, value: string): void {
    const key = name.toLowerCase();
    if (key === "set-cookie") this.#cookies.length = 0;
    this.#put(key, value);
  }

  append(name: string, value: string): void {
    const key = name.toLowerCase();
    const before = this.#values.get(key);
    this.#put(key, before === undefined || key === "set-cookie" ? value : `${before}, ${value}`);
  }

  get(name: string): string | null {
    const key = name.toLowerCase();
    if (key !== "set-cookie") return this.#values.get(key) ?? null;
    return this.#cookies.length === 0 ? null : this.#cookies.join(", ");
  }

  has(name: string): boolean {
    return this.get(name) !== null;
  }

  delete(name: string): void {
    const key = name.toLowerCase();
    if (key === "set-cookie") this.#cookies.length = 0;
    this.#values.delete(key);
  }

  getSetCookie(): string[] {
    return [...this.#cookies];
  }

  forEach(callback: (value: string, name: string, parent: Headers) => void): void {
    this.#values.forEach((value, name) => {
      callback(value, name, this);
    });
    for (const cookie of this.#cookies) callback(cookie, "set-cookie", this);
  }

  *entries(): HeadersIterator<[string, string]> {
    yield* this.#values;
    for (const cookie of this.#cookies) yield ["set-cookie", cookie];
  }

  *keys(): HeadersIterator<string> {
    for (const [name] of this.entries()) yield name;
  }

  *values(): HeadersIterator<string> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): HeadersIterator<[string, string]> {
    return this.#cookies.length === 0 ? this.#values[Symbol.iterator]() : this.entries();
  }

  #put(key: string, given: string): void {
    const value = given.trim();
    if (FORBIDDEN_IN_VALUE.test(value)) throw new TypeError(`Invalid value of the header ${key}`);
    if (key === "set-cookie") this.#cookies.push(value);
    else this.#values.set(key, value);
  }
}

// What takes Headers apart from plain objects asks with instanceof.
Object.setPrototypeOf(ResponseHeaders.prototype, Headers.prototype);
