/** As HTTP allows in a field's value: what else a value holds could become a field of its own. */
const FORBIDDEN_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

/**
 * Headers of an answer, by lower-case names in the order of their setting. A list and no map: there are few of them, and
 * this is how node:http takes them. Values are trimmed; throws TypeError for those that HTTP does not allow.
 */
export class ResponseHeaders {
  /** Names and values in turn. */
  readonly #list: string[] = [];

  constructor(values: Readonly<Record<string, string>> = {}) {
    for (const name in values) this.set(name, values[name] ?? "");
  }

  /** Names and values in turn, as `writeHead` takes them. Not to be changed. */
  get list(): string[] {
    return this.#list;
  }

  set(name: string, value: string): void {
    const key = name.toLowerCase();
    const at = this.#indexOf(key);
    if (at === -1) {
      this.#list.push(key, checked(key, value));
      return;
    }
    this.#list[at + 1] = checked(key, value);
    if (key === "set-cookie") this.#removeFrom(at + 2, key);
  }

  append(name: string, value: string): void {
    const key = name.toLowerCase();
    const at = key === "set-cookie" ? -1 : this.#indexOf(key);
    if (at === -1) this.#list.push(key, checked(key, value));
    else this.#list[at + 1] = `${this.#list[at + 1]}, ${checked(key, value)}`;
  }

  get(name: string): string | null {
    const key = name.toLowerCase();
    if (key === "set-cookie") {
      const cookies = this.getSetCookie();
      return cookies.length === 0 ? null : cookies.join(", ");
    }
    const at = this.#indexOf(key);
    return at === -1 ? null : (this.#list[at + 1] ?? null);
  }

  has(name: string): boolean {
    return this.#indexOf(name.toLowerCase()) !== -1;
  }

  delete(name: string): void {
    this.#removeFrom(0, name.toLowerCase());
  }

  getSetCookie(): string[] {
    return [...this].flatMap(([name, value]) => (name === "set-cookie" ? [value] : []));
  }

  forEach(callback: (value: string, name: string) => void): void {
    for (const [name, value] of this) callback(value, name);
  }

  *[Symbol.iterator](): Generator<[name: string, value: string], void, undefined> {
    for (let at = 0; at < this.#list.length; at += 2) {
      yield [this.#list[at] ?? "", this.#list[at + 1] ?? ""];
    }
  }

  #indexOf(key: string): number {
    const list = this.#list;
    for (let at = 0; at < list.length; at += 2) if (list[at] === key) return at;
    return -1;
  }

  #removeFrom(start: number, key: string): void {
    for (let at = this.#list.length - 2; at >= start; at -= 2) {
      if (this.#list[at] === key) this.#list.splice(at, 2);
    }
  }
}

function checked(key: string, given: string): string {
  const value = given.trim();
  if (FORBIDDEN_IN_VALUE.test(value)) throw new TypeError(`Invalid value of the header ${key}`);
  return value;
}
